namespace Avion.Video.Tests;

/// <summary>Decoded frames as packed planes, in the layout of ffmpeg's rawvideo.</summary>
internal static unsafe class Planes
{
    /// <summary>The planes of each asked frame, in the order asked.</summary>
    public static byte[][] Read(ClipReader reader, VideoInfo info, params int[] frames)
    {
        Sink sink = new(new byte[frames.Length][]);
        reader.Decode(info, frames, ref sink, CancellationToken.None);
        return sink.Result;
    }

    /// <summary>
    /// Compares every frame of a file, asked in random groups, with what ffmpeg gives. Returns the frames that differ (empty: all are
    /// equal).
    /// </summary>
    public static List<string> Differences(ClipReader reader, string path, int seed = 1, int groups = 10)
    {
        VideoInfo info = reader.GetInfo(path);
        byte[] expected = FFmpegProgram.RawFrames(path);
        List<string> differences = [];
        int frameBytes = Read(reader, info, 0)[0].Length;
        if (expected.Length != (long)frameBytes * info.FrameCount)
        {
            differences.Add($"ffmpeg gives {expected.Length / (double)frameBytes} frames, the index has {info.FrameCount}");
            return differences;
        }

        Random random = new(seed);
        int[] all = Enumerable.Range(0, info.FrameCount).ToArray();
        Compare(reader, info, all, expected, "in order", differences);
        for (int group = 0; group < groups; group++)
        {
            int[] some = Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(info.FrameCount)).ToArray();
            Compare(reader, info, some, expected, "at random", differences);
        }

        random.Shuffle(all);
        foreach (int frame in all.Take(24))
        {
            Compare(reader, info, [frame], expected, "alone", differences);
        }

        return differences;
    }

    /// <summary>
    /// Compares every frame of a file, each asked alone and in random order, with <paramref name="expected"/>. Returns what differs, with
    /// the seed of the order.
    /// </summary>
    public static List<string> EachAlone(ClipReader reader, string path, byte[] expected, int seed)
    {
        VideoInfo info = reader.GetInfo(path);
        int[] order = [.. Enumerable.Range(0, info.FrameCount)];
        new Random(seed).Shuffle(order);
        List<string> differences = [];
        int frameBytes = 0;
        foreach (int frame in order)
        {
            try
            {
                byte[] planes = Read(reader, info, frame)[0];
                frameBytes = planes.Length;
                int at = frame * frameBytes;
                if (at + frameBytes > expected.Length || !planes.AsSpan().SequenceEqual(expected.AsSpan(at, frameBytes)))
                {
                    differences.Add($"frame {frame}");
                }
            }
            catch (VideoException failure)
            {
                differences.Add($"frame {frame}: {failure.Message}");
            }
        }

        if (frameBytes > 0 && expected.Length != (long)frameBytes * info.FrameCount)
        {
            differences.Add($"ffmpeg gives {expected.Length / (double)frameBytes} frames, the index has {info.FrameCount}");
        }

        return differences.Count == 0
            ? differences
            : [$"{info.Road()} road, seed {seed}, {differences.Count} differ", .. differences.Take(6)];
    }

    private static string Road(this VideoInfo info) => info.IsIndexed ? "indexed" : "general";

    private static void Compare(ClipReader reader, VideoInfo info, int[] frames, byte[] expected, string how, List<string> differences)
    {
        byte[][] planes = Read(reader, info, frames);
        for (int i = 0; i < frames.Length; i++)
        {
            if (!planes[i].AsSpan().SequenceEqual(expected.AsSpan(frames[i] * planes[i].Length, planes[i].Length)))
            {
                differences.Add($"frame {frames[i]} {how} ({string.Join(' ', frames.Take(8))})");
            }
        }
    }

    private readonly struct Sink(byte[][] result) : IFrameSink
    {
        public byte[][] Result => result;

        public void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted)
        {
            if (!PixelFormat.TryParse(frame.Format, out PixelFormat format))
            {
                throw new NotSupportedException(PixelFormat.NameOf(frame.Format));
            }

            byte[] packed = Pack(frame, format);
            foreach (long entry in wanted)
            {
                result[ClipPlan.SlotOf(entry)] = packed;
            }
        }

        private static byte[] Pack(FramePointer frame, PixelFormat format)
        {
            int bytes = format.BitDepth > 8 ? 2 : 1;
            List<byte> packed = [];
            for (int plane = 0; plane < (format.HasColor ? 3 : 1); plane++)
            {
                int width = plane == 0 ? frame.Width : (frame.Width + (1 << format.ChromaShiftX) - 1) >> format.ChromaShiftX;
                int height = plane == 0 ? frame.Height : (frame.Height + (1 << format.ChromaShiftY) - 1) >> format.ChromaShiftY;
                for (int row = 0; row < height; row++)
                {
                    packed.AddRange(new ReadOnlySpan<byte>(frame.Plane(plane) + ((nint)row * frame.Stride(plane)), width * bytes));
                }
            }

            return [.. packed];
        }
    }
}
