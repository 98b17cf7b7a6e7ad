namespace Avion.Video;

/// <summary>One finished chunk.</summary>
/// <param name="Number">Number in the video.</param>
/// <param name="Path">File.</param>
/// <param name="Frames">Frames in it.</param>
internal sealed record EncodedChunk(int Number, string Path, int Frames);

/// <summary>Encodes one part of a video with the <c>ffmpeg</c> program and checks every chunk that comes out.</summary>
internal static class PartEncoder
{
    /// <summary>Encodes the chunks of a part into an empty folder.</summary>
    /// <param name="source">Source video.</param>
    /// <param name="facts">What its headers say.</param>
    /// <param name="part">Which chunks.</param>
    /// <param name="folder">Folder for <c>0.mp4</c>, <c>1.mp4</c>, … counted from the part's first chunk.</param>
    /// <param name="options">Settings.</param>
    /// <param name="onFrame">Called with the number of frames written so far.</param>
    /// <param name="cancellation">Ends the encoder.</param>
    /// <returns>The chunks; fewer than asked for where the video ends.</returns>
    /// <exception cref="VideoException">The source cannot be decoded.</exception>
    public static List<EncodedChunk> Encode(
        string source, SourceFacts facts, Part part, string folder, PrepareOptions options, Action<long> onFrame,
        CancellationToken cancellation)
    {
        List<string> arguments = BuildArguments(source, facts, part, folder, options);
        long frames = 0;
        FFmpegResult result = FFmpegProcess.RunWithProgress(options.FFmpegProgram, arguments, Observe, options.StallSeconds, cancellation);
        double reached = (part.FirstChunk * (double)options.ChunkSeconds) + options.FramesPerSecond.SecondsOf(frames);
        if (Complaint.IsDiskFull(result.Complaints))
        {
            throw new DiskFullException(folder);
        }

        if (result.Stalled)
        {
            throw new VideoException(
                VideoErrorKind.DeadlineExceeded, source, $"the encoder made no progress for {options.StallSeconds:0} s", reached);
        }

        if (result.ExitCode != 0 || (Complaint.IsCutShort(result.Complaints) && !options.KeepDamaged))
        {
            // The encoder holds pictures back, so that the place is known to a few seconds only.
            string place = reached > 0 ? string.Create(CultureInfo.InvariantCulture, $", soon after second "
                + $"{Math.Floor(reached):0}") : string.Empty;
            throw new VideoException(VideoErrorKind.Corrupt, source, Complaint.ReasonOf(result.Complaints, source) + place, reached);
        }

        return Check(source, part, folder, options);

        void Observe(long written)
        {
            frames = written;
            onFrame(written);
        }
    }

    /// <summary>A path that FFmpeg takes for a file, whatever characters it has.</summary>
    public static string AsFileArgument(string path) => "file:" + path;

    private static List<string> BuildArguments(string source, SourceFacts facts, Part part, string folder, PrepareOptions options)
    {
        double startSeconds = part.FirstChunk * (double)options.ChunkSeconds;
        List<string> arguments = ["-nostdin", "-hide_banner", "-v", "error", "-nostats", "-progress", "pipe:1", "-threads", "1",
            "-filter_threads", "1"];
        if (!options.KeepDamaged)
        {
            arguments.Add("-xerror");
        }

        if (part.FirstChunk > 0)
        {
            // Everything from the keyframe before the part reaches the filters with its own timestamps; the rate filter then picks for
            // the part's first frame the very picture that it would have picked when running from the start.
            arguments.AddRange(["-copyts", "-noaccurate_seek", "-seek_timestamp", "1", "-ss", Number(startSeconds + facts.FirstSeconds)]);
        }

        if (facts.Picture is not null)
        {
            // A size that changes in the middle would make the filters begin anew, at time zero; the scaler takes it as it comes.
            arguments.AddRange(["-reinit_filter", "0"]);
        }

        arguments.AddRange(["-i", AsFileArgument(source), "-map", "0:V:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
            "-map_chapters", "-1"]);
        arguments.AddRange(["-vf", Filters(facts, part, startSeconds, options), "-pix_fmt", "yuv420p"]);
        if (part.ChunkCount is { } chunks)
        {
            arguments.AddRange(["-frames:v", Number((long)chunks * options.FramesPerChunk)]);
        }

        arguments.AddRange(["-c:v", "libx264", "-crf", Number(options.RateFactor), "-threads", "1", .. options.Profile.EncoderArguments]);
        arguments.AddRange(["-force_key_frames", $"expr:eq(mod(n,{options.FramesPerChunk}),0)", "-flags:v", "+bitexact",
            "-fflags", "+bitexact"]);
        arguments.AddRange(["-f", "segment", "-segment_format", "mp4", "-segment_format_options", "movflags=+faststart"]);
        // Without "disabled" the first chunk would begin at the encoder's reorder delay instead of zero.
        arguments.AddRange(["-segment_time", Number(options.ChunkSeconds), "-segment_time_delta",
            Number(options.FramesPerSecond.SecondsOf(1) / 2)]);
        arguments.AddRange(["-reset_timestamps", "1", "-avoid_negative_ts", "disabled",
            Path.Combine(folder.Replace("%", "%%", StringComparison.Ordinal), "%d.mp4")]);
        return arguments;
    }

    private static string Filters(SourceFacts facts, Part part, double startSeconds, PrepareOptions options)
    {
        string toZero = part.FirstChunk > 0 ? Number(facts.FirstTimestamp) : "STARTPTS";
        string side = Number(options.ShortSide);
        // Square pixels, the short side as asked for but never enlarged, both sides even.
        string shortSide = $"2*floor(min({side},min(iw*sar,ih))/2)";
        string width = $"if(gt(iw*sar,ih),2*round({shortSide}*iw*sar/ih/2),{shortSide})";
        string height = $"if(gt(iw*sar,ih),{shortSide},2*round({shortSide}*ih/(iw*sar)/2))";
        string steady = string.Empty;
        if (facts.Picture is { } picture)
        {
            (long wide, long high) = picture.Scaled(options.ShortSide);
            (width, height) = (Number(wide), Number(high));
            // Deinterlacing is the one filter before the scaler that needs pictures of one size.
            steady = facts.Fields == FieldLayout.Progressive ? string.Empty : $"scale=w={picture.Width}:h={picture.Height}:interl=-1,";
        }

        return $"{steady}setpts=PTS-{toZero},{Deinterlace(facts.Fields)}" +
            $"fps=fps={options.FramesPerSecond}:start_time={Number(startSeconds)},setpts=PTS-STARTPTS," +
            $"scale=w='{width}':h='{height}':flags=bicubic,setsar=1";
    }

    /// <summary>One whole picture for each interlaced one: its first field, with the missing rows made
    /// from the moments around it.</summary>
    private static string Deinterlace(FieldLayout fields) => fields switch
    {
        FieldLayout.Flagged => "bwdif=mode=send_frame:deint=interlaced,",
        FieldLayout.TopFirst => "bwdif=mode=send_frame:parity=tff:deint=all,",
        FieldLayout.BottomFirst => "bwdif=mode=send_frame:parity=bff:deint=all,",
        _ => string.Empty,
    };

    /// <summary>Compares what the encoder wrote with what was asked for, frame by frame in the container's tables.</summary>
    private static List<EncodedChunk> Check(string source, Part part, string folder, PrepareOptions options)
    {
        List<EncodedChunk> chunks = [];
        int files = Directory.GetFiles(folder, "*.mp4").Length;
        for (int number = 0; number < files; number++)
        {
            string path = Path.Combine(folder, $"{number}.mp4");
            VideoInfo info;
            try
            {
                info = ContainerIndex.Read(path);
            }
            catch (VideoException empty) when (empty.Kind is VideoErrorKind.NoFrames or VideoErrorKind.NoVideoStream or VideoErrorKind.Empty
                && number == files - 1)
            {
                // The encoder opens a file before it knows that the video is over.
                File.Delete(path);
                break;
            }

            bool mayBeShort = number == files - 1;
            if (info.FrameCount > options.FramesPerChunk || (info.FrameCount < options.FramesPerChunk && !mayBeShort)
                || info.IsVariableRate)
            {
                throw new VideoException(
                    VideoErrorKind.Corrupt, source,
                    $"the encoder made a chunk of {info.FrameCount} frames at {info.FramesPerSecond:0.###} per second for second " +
                    $"{(part.FirstChunk + number) * options.ChunkSeconds}, expected {options.FramesPerChunk} at {options.FramesPerSecond}",
                    (part.FirstChunk + number) * (double)options.ChunkSeconds);
            }

            chunks.Add(new EncodedChunk(part.FirstChunk + number, path, info.FrameCount));
        }

        return chunks;
    }

    private static string Number(double value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
