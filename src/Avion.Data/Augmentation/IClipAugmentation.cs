namespace Avion.Data;

/// <summary>Changes the pixels of a training clip after they were decoded, cropped and resized: all frames by the same draw.</summary>
public interface IClipAugmentation
{
    /// <summary>Changes a clip in place: a pure function of its pixels and of the key. Called from several threads at once, each with
    /// clips of its own.</summary>
    /// <param name="key">The sample: what is drawn depends on nothing else.</param>
    /// <param name="clip">The pixels.</param>
    void Apply(in SampleKey key, ClipPixels clip);
}

/// <summary>The pixels of one clip, uint8 [T, 3, H, W], as an augmentation changes them.</summary>
public readonly ref struct ClipPixels
{
    private readonly Span<byte> _pixels;

    /// <summary>Describes pixels.</summary>
    /// <param name="pixels">[T, 3, H, W].</param>
    /// <param name="frameCount">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="scratch">Memory of the thread.</param>
    public ClipPixels(Span<byte> pixels, int frameCount, int height, int width, AugmentationScratch scratch)
    {
        if (pixels.Length != (long)frameCount * 3 * height * width)
        {
            throw new ArgumentException($"A clip of {frameCount} frames of {width} × {height} pixels is not {pixels.Length} bytes long.");
        }

        _pixels = pixels;
        (FrameCount, Height, Width, Scratch) = (frameCount, height, width, scratch);
    }

    /// <summary>T.</summary>
    public int FrameCount { get; }

    /// <summary>H.</summary>
    public int Height { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>Memory of the thread, for what an operation has to remember.</summary>
    public AugmentationScratch Scratch { get; }

    /// <summary>H·W bytes of one frame and channel: 0 red, 1 green, 2 blue.</summary>
    public Span<byte> Plane(int frame, int channel) => _pixels.Slice(((frame * 3) + channel) * Height * Width, Height * Width);
}

/// <summary>Memory that a thread's augmentations share; grows to what they need and is kept.</summary>
public sealed class AugmentationScratch
{
    private byte[] _bytes = [];
    private int[] _numbers = [];

    internal Span<byte> Bytes(int count)
    {
        if (_bytes.Length < count)
        {
            _bytes = new byte[count];
        }

        return _bytes.AsSpan(0, count);
    }

    internal Span<int> Numbers(int count)
    {
        if (_numbers.Length < count)
        {
            _numbers = new int[count];
        }

        return _numbers.AsSpan(0, count);
    }
}
