namespace Avion.Video;

/// <summary>
/// What opening, planning, reading and sending cost beside libavcodec: clips are decoded by <see cref="ClipReader"/>, their frames thrown
/// away, in turns with libavcodec alone, which is given the very same packets from memory. Neither resizes.
/// </summary>
public static class DecoderAloneComparison
{
    /// <summary>Milliseconds of processor time for a clip, ours first; ours over libavcodec's is the inverse of
    /// <see cref="TimePair.Ratio"/>.</summary>
    /// <exception cref="VideoException">A file cannot be read, or is not on the indexed road.</exception>
    public static TimePair Run(DecodeBenchmarkOptions options, CancellationToken cancellationToken = default)
    {
        using ClipReader reader = new(options.Reader);
        IReadOnlyList<BenchmarkClip> clips = ClipRequests.Draw(options, reader);
        using PacketRecording recording = Record(clips, reader, cancellationToken);
        using VideoDecoder alone = new();
        return AlternatingTimes.Measure(Ours, () => recording.Replay(alone), clips.Count, options.Rounds, cancellationToken);

        void Ours()
        {
            DiscardingSink sink = default;
            foreach (BenchmarkClip clip in clips)
            {
                reader.Decode(reader.GetInfo(clip.Path, cancellationToken), clip.Frames, ref sink, cancellationToken);
            }
        }
    }

    private static PacketRecording Record(IReadOnlyList<BenchmarkClip> clips, ClipReader reader, CancellationToken cancellationToken)
    {
        using OpenFiles files = new();
        using ClipDecoder decoder = new(rejectDamage: true);
        PacketRecording recording = new(new IndexedPackets(files));
        DiscardingSink sink = default;
        try
        {
            foreach (BenchmarkClip clip in clips)
            {
                VideoInfo info = reader.GetInfo(clip.Path, cancellationToken);
                if (!info.IsIndexed)
                {
                    throw new VideoException(
                        VideoErrorKind.Unsupported, info.Path,
                        $"Cannot compare on '{info.Path}': only mp4 and mov files are read without libavformat.");
                }

                recording.Open(info);
                decoder.Decode(info, recording, clip.Frames, ref sink, new Deadline(0, cancellationToken));
                recording.Close();
            }

            recording.Complete();
            return recording;
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    private readonly struct DiscardingSink : IFrameSink
    {
        public void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted)
        {
        }
    }
}
