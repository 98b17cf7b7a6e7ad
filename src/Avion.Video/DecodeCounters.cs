namespace Avion.Video;

/// <summary>What a reader has done since it was made; differences of two values describe the work between them.</summary>
/// <param name="Clips">Completed calls of Read.</param>
/// <param name="FramesDecoded">Frames that the decoder returned.</param>
/// <param name="FramesConverted">Frames that were cropped, resized and converted.</param>
/// <param name="PacketsSent">Compressed pictures given to the decoder.</param>
/// <param name="PacketsSkipped">Compressed pictures that were read but that no wanted frame depends on.</param>
/// <param name="RunsDecoded">Uninterrupted stretches of decoding, each begun at a keyframe.</param>
/// <param name="FilesOpened">Times a file was opened, to look at or to read; libavformat's own apart.</param>
/// <param name="ReadCalls">Positioned reads on the indexed road.</param>
/// <param name="BytesRead">Bytes of those reads, indexes included.</param>
/// <param name="DecodersOpened">Times a decoder context had to be opened.</param>
/// <param name="DecodeTicks">Time inside libavcodec, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
/// <param name="ConvertTicks">Time of crop, resize and conversion, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
/// <param name="ReadTicks">Time of opening and reading files, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
public readonly record struct DecodeCounters(
    long Clips,
    long FramesDecoded,
    long FramesConverted,
    long PacketsSent,
    long PacketsSkipped,
    long RunsDecoded,
    long FilesOpened,
    long ReadCalls,
    long BytesRead,
    long DecodersOpened,
    long DecodeTicks,
    long ConvertTicks,
    long ReadTicks)
{
    public static DecodeCounters operator -(DecodeCounters a, DecodeCounters b) => new(
        a.Clips - b.Clips,
        a.FramesDecoded - b.FramesDecoded,
        a.FramesConverted - b.FramesConverted,
        a.PacketsSent - b.PacketsSent,
        a.PacketsSkipped - b.PacketsSkipped,
        a.RunsDecoded - b.RunsDecoded,
        a.FilesOpened - b.FilesOpened,
        a.ReadCalls - b.ReadCalls,
        a.BytesRead - b.BytesRead,
        a.DecodersOpened - b.DecodersOpened,
        a.DecodeTicks - b.DecodeTicks,
        a.ConvertTicks - b.ConvertTicks,
        a.ReadTicks - b.ReadTicks);
}
