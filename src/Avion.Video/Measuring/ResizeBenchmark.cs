namespace Avion.Video;

/// <summary>Milliseconds of processor time for cropping, resizing and converting one frame, by each way; medians.</summary>
/// <param name="Antialiased">Our pass, antialiased.</param>
/// <param name="Bilinear">Our pass, plain bilinear.</param>
/// <param name="ScaleBicubic">libswscale, bicubic; not a number where libswscale is absent.</param>
/// <param name="ScaleBilinear">libswscale, bilinear; not a number where libswscale is absent.</param>
public sealed record ResizeBenchmarkResult(double Antialiased, double Bilinear, double ScaleBicubic, double ScaleBilinear);

/// <summary>Times the resize alone, beside libswscale on the same decoded frame.</summary>
public static class ResizeBenchmark
{
    /// <summary>Resizes the first frame of a video to a square.</summary>
    /// <param name="path">Video, upright.</param>
    /// <param name="outputSize">Side of the output in pixels.</param>
    /// <param name="repeats">Frames of a round; five rounds are measured after a warm-up.</param>
    public static ResizeBenchmarkResult Run(string path, int outputSize = 224, int repeats = 200)
    {
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        Sink sink = new(info, FrameTransform.Whole(info, outputSize, outputSize), repeats, new double[4]);
        reader.Decode(info, [0], ref sink, CancellationToken.None);
        return new ResizeBenchmarkResult(sink.Results[0], sink.Results[1], sink.Results[2], sink.Results[3]);
    }

    private readonly unsafe struct Sink(VideoInfo info, FrameTransform transform, int repeats, double[] results) : IFrameSink
    {
        private const int Rounds = 5;

        public double[] Results => results;

        public void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted)
        {
            byte[] pixels = new byte[transform.FrameBytes];
            using FrameConverter converter = new();
            results[0] = Time(converter, frame, color, transform with { Interpolation = Interpolation.Antialiased }, pixels);
            results[1] = Time(converter, frame, color, transform with { Interpolation = Interpolation.Bilinear }, pixels);
            results[2] = results[3] = double.NaN;
            if (FFmpegLibraries.HasFFmpegBicubic && PixelFormat.TryParse(frame.Format, out PixelFormat format))
            {
                results[2] = Time(SwScale.Bicubic, format, frame, color, pixels);
                results[3] = Time(SwScale.Bilinear, format, frame, color, pixels);
            }
        }

        private double Time(FrameConverter converter, FramePointer frame, FrameColor color, FrameTransform wanted, byte[] pixels)
        {
            VideoInfo video = info;
            return Median(() => converter.Convert(video, 0, frame, color, wanted, pixels));
        }

        private double Time(int kernel, PixelFormat format, FramePointer frame, FrameColor color, byte[] pixels)
        {
            using BicubicResize resize = new() { Kernel = kernel };
            PlanarPicture picture = new(frame, format);
            // Interleaved is what libswscale writes by itself.
            FrameTransform wanted = transform with { Layout = PixelLayout.Interleaved };
            return Median(() =>
            {
                fixed (byte* address = pixels)
                {
                    resize.Convert(frame, picture, color, color.IsFullRangeOf(format), wanted, address);
                }
            });
        }

        private double Median(Action convert)
        {
            double[] rounds = new double[Rounds];
            for (int round = -1; round < Rounds; round++)
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                for (int i = 0; i < repeats; i++)
                {
                    convert();
                }

                if (round >= 0)
                {
                    rounds[round] = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / repeats;
                }
            }

            return rounds.Order().ElementAt(Rounds / 2);
        }
    }
}
