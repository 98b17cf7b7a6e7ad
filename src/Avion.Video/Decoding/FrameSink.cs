namespace Avion.Video;

/// <summary>What a stream says of its colours.</summary>
/// <param name="Matrix">AVColorSpace: 1 BT.709, 2 unknown, 5 and 6 BT.601, 9 BT.2020.</param>
/// <param name="Range">Values that luma takes.</param>
/// <param name="ChromaLocation">AVChromaLocation: 1 left, 2 centre, 3 top left; 0 unknown.</param>
internal readonly record struct FrameColor(int Matrix, ColorRange Range, int ChromaLocation)
{
    /// <summary>
    /// Whether luma of a picture in <paramref name="format"/> runs from 0 to 255. Where nothing is declared, colour is limited and grey is
    /// full; 8-bit grey is full whatever is declared. FFmpeg reads all of them so.
    /// </summary>
    public bool IsFullRangeOf(in PixelFormat format) => format.HasColor
        ? format.IsFullRange || Range == ColorRange.Full
        : format.BitDepth == 8 || Range != ColorRange.Limited;
}

/// <summary>AVColorRange.</summary>
internal enum ColorRange
{
    Undeclared,

    /// <summary>Luma from 16 to 235.</summary>
    Limited,

    /// <summary>Luma from 0 to 255.</summary>
    Full,
}

/// <summary>Takes the wanted frames as they come out of the decoder, in display order within a run.</summary>
internal interface IFrameSink
{
    /// <param name="frame">The decoded picture, valid during the call.</param>
    /// <param name="color">Its colours.</param>
    /// <param name="wanted">Entries of <see cref="ClipPlan.Wanted"/> of this sample: one for each time the caller asked for the
    /// frame.</param>
    void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted);
}
