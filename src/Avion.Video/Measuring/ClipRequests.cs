namespace Avion.Video;

/// <summary>One clip to read: frames of a file and one crop.</summary>
/// <param name="Path">File.</param>
/// <param name="Frames">Frames in display order.</param>
/// <param name="Crop">Crop of all of them.</param>
public sealed record BenchmarkClip(string Path, int[] Frames, CropBox Crop);

/// <summary>Draws the clips of a benchmark from its seed, and writes them for programs that are compared on the same clips.</summary>
public static class ClipRequests
{
    private const double SmallestArea = 0.5;
    private const double NarrowestRatio = 3.0 / 4;
    private const double WidestRatio = 4.0 / 3;

    /// <summary>
    /// Windows at even places of random length, frames at the middles of equal parts of the window, and a random resized crop: an area of
    /// 0.5 to 1 of the picture and a ratio of sides of 3/4 to 4/3, log-uniform.
    /// </summary>
    public static IReadOnlyList<BenchmarkClip> Draw(DecodeBenchmarkOptions options, ClipReader reader)
    {
        Random random = new(options.Seed);
        List<BenchmarkClip> clips = [];
        for (int i = 0; i < options.ClipCount; i++)
        {
            VideoInfo info = reader.GetInfo(options.Files[i % options.Files.Count]);
            double seconds = options.ShortestSeconds + (random.NextDouble() * (options.LongestSeconds - options.ShortestSeconds));
            int window = Math.Clamp((int)Math.Round(seconds * info.FramesPerSecond), 1, info.FrameCount);
            int start = random.Next(info.FrameCount - window + 1);
            int[] frames = new int[options.FramesPerClip];
            for (int frame = 0; frame < frames.Length; frame++)
            {
                frames[frame] = start + (int)((frame + 0.5) * window / frames.Length);
            }

            clips.Add(new BenchmarkClip(info.Path, frames, RandomCrop(random, info.Width, info.Height)));
        }

        return clips;
    }

    /// <summary>One line a clip, tab-separated: path, x, y, width, height, frames with commas.</summary>
    public static void Write(IReadOnlyList<BenchmarkClip> clips, TextWriter output)
    {
        foreach (BenchmarkClip clip in clips)
        {
            CropBox box = clip.Crop;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{clip.Path}\t{box.X}\t{box.Y}\t{box.Width}\t{box.Height}\t{string.Join(',', clip.Frames)}"));
        }
    }

    private static CropBox RandomCrop(Random random, int width, int height)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double area = width * (double)height * (SmallestArea + (random.NextDouble() * (1 - SmallestArea)));
            double ratio = Math.Exp(Math.Log(NarrowestRatio) + (random.NextDouble() * Math.Log(WidestRatio / NarrowestRatio)));
            int w = (int)Math.Round(Math.Sqrt(area * ratio));
            int h = (int)Math.Round(Math.Sqrt(area / ratio));
            if (w > 0 && h > 0 && w <= width && h <= height)
            {
                return new CropBox(random.Next(width - w + 1), random.Next(height - h + 1), w, h);
            }
        }

        int side = Math.Min(width, height);
        return new CropBox((width - side) / 2, (height - side) / 2, side, side);
    }
}
