namespace Avion.Video;

/// <summary>Makes short chunks of a user's own videos, to measure what each profile would give.</summary>
internal static class ProfileSamples
{
    private const double CopySeconds = 300;

    /// <summary>Length of a chunk.</summary>
    public const double ChunkSeconds = 15;

    /// <summary>Encodes the first 15 seconds of each video.</summary>
    /// <exception cref="VideoException">A video cannot be decoded, or the ffmpeg program is missing.</exception>
    public static IReadOnlyList<string> Make(IReadOnlyList<string> videos, EncodeProfile profile, string folder,
        CancellationToken cancellationToken)
    {
        PrepareOptions options = new() { Profile = profile, ChunkSeconds = (int)ChunkSeconds, Jobs = 1 };
        List<string> made = [];
        foreach (string video in videos)
        {
            string target = Path.Combine(folder, made.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Directory.CreateDirectory(target);
            SourceFacts facts = SourceFacts.Read(video, VideoWork.FFprobeBeside(options.FFmpegProgram), cancellationToken);
            List<EncodedChunk> chunks = PartEncoder.Encode(video, facts, new Part(0, 0, 1), target, options, _ => { }, cancellationToken);
            made.Add(chunks.Count > 0
                ? chunks[0].Path
                : throw new VideoException(VideoErrorKind.NoFrames, video, $"Cannot measure '{video}': no picture of it can be decoded."));
        }

        return made;
    }

    /// <summary>Copies each chunk several times into one longer file, without encoding it again.</summary>
    public static IReadOnlyList<string> Repeat(IReadOnlyList<string> chunks, int times, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        List<string> made = [];
        foreach (string chunk in chunks)
        {
            string target = Path.Combine(folder, $"{made.Count}.mp4");
            FFmpegResult result = FFmpegProcess.Run(
                new PrepareOptions().FFmpegProgram,
                [
                    "-nostdin", "-v", "error", "-stream_loop", (times - 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
                    "-i", PartEncoder.AsFileArgument(chunk), "-c", "copy", "-movflags", "+faststart", PartEncoder.AsFileArgument(target),
                ],
                CopySeconds,
                cancellationToken);
            if (result.ExitCode != 0)
            {
                throw new VideoException(VideoErrorKind.Corrupt, chunk,
                    $"Cannot copy '{chunk}': {Complaint.ReasonOf(result.Complaints, chunk)}.");
            }

            made.Add(target);
        }

        return made;
    }
}
