namespace Avion.Training;

/// <summary>The clips that a model reads.</summary>
/// <param name="FrameCount">T, frames of a clip.</param>
/// <param name="Height">H, rows of a frame.</param>
/// <param name="Width">W, columns of a frame.</param>
/// <param name="ContextLength">Longest caption in tokens, start and end included; 0 where no captions are read.</param>
/// <param name="LabelCount">L, labels of a clip.</param>
public readonly record struct ClipForm(int FrameCount, int Height, int Width, int ContextLength = 0, int LabelCount = 0)
{
    /// <summary>Bytes of the pixels of a clip: T·3·H·W.</summary>
    public long PixelBytes => (long)FrameCount * 3 * Height * Width;
}
