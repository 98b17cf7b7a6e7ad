namespace Avion.Video;

/// <summary>What a stream says of its colours.</summary>
/// <param name="Matrix">AVColorSpace: 1 BT.709, 2 unknown, 5 and 6 BT.601, 9 BT.2020.</param>
/// <param name="IsFullRange">Luma from 0 to 255 instead of 16 to 235.</param>
/// <param name="ChromaLocation">AVChromaLocation: 1 left, 2 centre, 3 top left; 0 unknown.</param>
internal readonly record struct FrameColor(int Matrix, bool IsFullRange, int ChromaLocation);

/// <summary>Takes the wanted frames as they come out of the decoder, in display order within a run.</summary>
internal interface IFrameSink
{
    /// <param name="frame">The decoded picture, valid during the call.</param>
    /// <param name="color">Its colours.</param>
    /// <param name="wanted">Entries of <see cref="ClipPlan.Wanted"/> of this sample: one for each time the caller asked for the frame.</param>
    void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted);
}
