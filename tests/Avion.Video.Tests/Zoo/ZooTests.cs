using System.Buffers;

namespace Avion.Video.Tests;

/// <summary>
/// Differential test over odd files: every frame, asked alone and in random order on both roads, is bit for bit the ffmpeg program's.
/// </summary>
public sealed class ZooTests
{
    private static readonly int s_seed = Environment.TickCount;

    public static TheoryData<string> Names => [.. VideoZoo.Files.Select(file => file.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_frame_alone_is_the_programs_on_both_roads(string name)
    {
        string path = VideoZoo.Make(name);
        byte[] expected = FFmpegProgram.RawFrames(path);
        double[] times = Times(path);
        List<string> differences = [];
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        differences.AddRange(Planes.EachAlone(reader, path, expected, s_seed));
        differences.AddRange(TimeDifferences(reader.GetInfo(path), times));
        if (reader.GetInfo(path).IsIndexed)
        {
            using ClipReader general = new(new ClipReaderOptions { ForceGeneralRoad = true, Cache = new VideoInfoCache() });
            differences.AddRange(Planes.EachAlone(general, path, expected, s_seed));
            differences.AddRange(TimeDifferences(general.GetInfo(path), times));
        }

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("mpeg4-packed.avi")]
    [InlineData("h264-two-coders.ts")]
    [InlineData("h264-open-late.ts")]
    [InlineData("mpeg2-interlaced.mpg")]
    [InlineData("vp8.webm")]
    public void Frames_are_the_same_by_an_index_that_was_written_down(string name)
    {
        string path = VideoZoo.Make(name);
        byte[] expected = FFmpegProgram.RawFrames(path);
        ArrayBufferWriter<byte> bytes = new();
        VideoSource source = new(path);
        IndexRecordFormat.Write(IndexRecord.Describe("a", source, ContainerIndex.Read(path).Index, withChecksum: false), bytes);
        VideoInfo info = new(source, IndexRecordFormat.Read(bytes.WrittenSpan).Index);
        using ClipReader reader = new();
        int[] order = [.. Enumerable.Range(0, info.FrameCount)];
        new Random(s_seed).Shuffle(order);

        foreach (int frame in order)
        {
            byte[] planes = Planes.Read(reader, info, frame)[0];
            Assert.True(expected.AsSpan(frame * planes.Length, planes.Length).SequenceEqual(planes), $"frame {frame}, seed {s_seed}");
        }
    }

    /// <summary>
    /// Where the marks are wrong or missing, the first clip finds the keyframe (one every ten pictures), and the second begins at it.
    /// </summary>
    [Theory]
    [InlineData("h264-no-table.mp4")]
    [InlineData("hevc-no-table.mp4")]
    [InlineData("vp9-no-table.mp4")]
    [InlineData("av1-no-table.mp4")]
    [InlineData("av1-one-header.mp4")]
    [InlineData("mpeg4-no-table.mp4")]
    [InlineData("mpeg4-packed.avi")]
    [InlineData("mpeg4-packed-all-keyframes.avi")]
    [InlineData("mpeg2-no-table.mp4")]
    public void A_second_clip_begins_at_the_nearest_place_at_which_decoding_can(string name)
    {
        const int frame = 27;
        string path = VideoZoo.Make(name);
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoInfo info = reader.GetInfo(path);
        byte[] expected = Planes.Read(reader, info, frame)[0];
        long before = reader.Counters.PacketsSent;

        byte[] again = Planes.Read(reader, info, frame)[0];

        Assert.Equal(expected, again);
        Assert.InRange(reader.Counters.PacketsSent - before, 1, 14);
    }

    /// <summary>
    /// Times that ffprobe has for the frames, from the first; empty where it does not know all of them, or where they jump back.
    /// </summary>
    private static double[] Times(string path)
    {
        string[] lines = CounterVideo.Probe(
            $"-v error -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of default=nw=1:nk=1 \"{path}\"")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        double[] times =
        [
            .. lines.Select(line => double.TryParse(line, CultureInfo.InvariantCulture, out double time) ? time : double.NaN),
        ];
        bool rises = times.Zip(times.Skip(1), (a, b) => b > a).All(rise => rise);
        return rises ? [.. times.Select(time => time - times[0])] : [];
    }

    private static IEnumerable<string> TimeDifferences(VideoInfo info, double[] times)
    {
        const double tick = 0.0015;
        for (int frame = 0; frame < times.Length && frame < info.FrameCount; frame++)
        {
            if (Math.Abs(info.TimestampSeconds(frame) - times[frame]) > tick)
            {
                yield return $"frame {frame} is shown at {info.TimestampSeconds(frame):0.000} s, for ffprobe at {times[frame]:0.000} s";
            }
        }
    }
}
