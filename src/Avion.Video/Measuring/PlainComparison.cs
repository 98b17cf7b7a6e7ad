namespace Avion.Video;

/// <summary>Reads the same clips with <see cref="ClipReader"/> and in the usual way with FFmpeg's libraries, in turns.</summary>
public static class PlainComparison
{
    /// <summary>Whether this machine has the libraries of the usual way (libavformat and libswscale).</summary>
    public static bool IsAvailable => FFmpegLibraries.HasGeneralRoad && FFmpegLibraries.HasFFmpegBicubic;

    /// <summary>Milliseconds of processor time for a clip, ours first.</summary>
    /// <exception cref="VideoException">A file cannot be read.</exception>
    public static TimePair Run(DecodeBenchmarkOptions options, CancellationToken cancellationToken = default)
    {
        using ClipReader reader = new(options.Reader);
        using PlainClipReader plain = new();
        IReadOnlyList<BenchmarkClip> clips = ClipRequests.Draw(options, reader);
        foreach (BenchmarkClip clip in clips)
        {
            plain.Learn(reader.GetInfo(clip.Path, cancellationToken));
        }

        byte[] pixels = new byte[options.FramesPerClip * 3 * options.OutputSize * options.OutputSize];
        return AlternatingTimes.Measure(Ours, Plain, clips.Count, options.Rounds, cancellationToken);

        void Ours()
        {
            foreach (BenchmarkClip clip in clips)
            {
                FrameTransform transform = new(clip.Crop, options.OutputSize, options.OutputSize, Interpolation: options.Interpolation);
                reader.Read(clip.Path, clip.Frames, transform, pixels, cancellationToken);
            }
        }

        void Plain()
        {
            foreach (BenchmarkClip clip in clips)
            {
                plain.Read(reader.GetInfo(clip.Path, cancellationToken), clip.Frames,
                    new FrameTransform(clip.Crop, options.OutputSize, options.OutputSize), pixels);
            }
        }
    }
}
