using System.Text.Json;

namespace Avion.Video;

/// <summary>What the headers of a source video say, before any of it is decoded.</summary>
/// <param name="DurationSeconds">Duration of the pictures; null where the container does not say.</param>
/// <param name="DurationIsOfVideo">Whether the duration is that of the pictures and not of the longest stream.</param>
/// <param name="FirstTimestamp">Time of the first picture, in ticks of the container.</param>
/// <param name="FirstSeconds">The same in seconds.</param>
/// <param name="CanSeek">Whether the container has an index of its own, so that the video may be encoded in parts.</param>
/// <param name="Picture">Size of the first picture; null where it is turned, or where nothing could be decoded.</param>
/// <param name="Fields">Whether a picture shows two moments, in every other row.</param>
internal sealed record SourceFacts(
    double? DurationSeconds, bool DurationIsOfVideo, long FirstTimestamp, double FirstSeconds, bool CanSeek,
    PictureSize? Picture = null, FieldLayout Fields = FieldLayout.Progressive)
{
    private const double TimeoutSeconds = 120;
    private static readonly HashSet<string> s_indexedFormats = ["mov", "matroska"];

    /// <summary>Asks <c>ffprobe</c>.</summary>
    /// <exception cref="VideoException">The file has no video that FFmpeg can read.</exception>
    public static SourceFacts Read(string path, string ffprobe, CancellationToken cancellation)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            throw new VideoException(VideoErrorKind.Empty, path, "the file is empty");
        }

        string[] arguments =
        [
            "-v", "error", "-of", "json", "-select_streams", "V:0",
            "-show_entries", "stream=time_base,start_pts,duration,field_order:stream_tags=DURATION:format=format_name,duration:" +
            "frame=pts,pkt_pts,best_effort_timestamp,interlaced_frame,width,height,sample_aspect_ratio:"
                + "stream_side_data=rotation,displaymatrix:frame_side_data=rotation",
            "-show_frames", "-read_intervals", "%+#16", "-i", PartEncoder.AsFileArgument(path),
        ];
        FFmpegResult result = FFmpegProcess.Run(ffprobe, arguments, TimeoutSeconds, cancellation);
        if (result.Stalled)
        {
            throw new VideoException(VideoErrorKind.DeadlineExceeded, path, $"reading its header took more than {TimeoutSeconds:0} s");
        }

        if (result.ExitCode != 0)
        {
            throw new VideoException(VideoErrorKind.NotVideo, path, Complaint.ReasonOf(result.Complaints, path));
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(result.Output);
            if (!document.RootElement.TryGetProperty("streams", out JsonElement streams) || streams.GetArrayLength() == 0)
            {
                throw new VideoException(VideoErrorKind.NoVideoStream, path, "it has no video stream");
            }

            return Parse(document.RootElement, streams[0]);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw new VideoException(VideoErrorKind.Corrupt, path, $"ffprobe says of it what cannot be ({exception.Message})");
        }
    }

    private static SourceFacts Parse(JsonElement root, JsonElement stream)
    {
        JsonElement format = root.GetProperty("format");
        string[] timeBase = Text(stream, "time_base")?.Split('/') ?? ["1", "1000"];
        double tick = double.Parse(timeBase[0], CultureInfo.InvariantCulture) / double.Parse(timeBase[1], CultureInfo.InvariantCulture);
        long? first = null;
        bool flagged = false;
        if (root.TryGetProperty("frames", out JsonElement frames))
        {
            foreach (JsonElement frame in frames.EnumerateArray())
            {
                long? timestamp = Number(frame, "pts") ?? Number(frame, "best_effort_timestamp") ?? Number(frame, "pkt_pts");
                first = timestamp < first || first is null ? timestamp ?? first : first;
                flagged |= Number(frame, "interlaced_frame") == 1;
            }
        }

        first ??= Number(stream, "start_pts") ?? 0;
        double? ofVideo = Seconds(Text(stream, "duration")) ??
            (stream.TryGetProperty("tags", out JsonElement tags) ? Seconds(Text(tags, "DURATION")) : null);
        bool canSeek = Text(format, "format_name")?.Split(',') is { Length: > 0 } names && s_indexedFormats.Contains(names[0]);
        return new SourceFacts(ofVideo ?? Seconds(Text(format, "duration")), ofVideo is not null, first.Value, first.Value * tick, canSeek,
            PictureOf(root, stream), FieldsOf(Text(stream, "field_order"), flagged));
    }

    /// <summary>The size as the filters see it, from which that of all chunks follows, also where the size changes later.</summary>
    private static PictureSize? PictureOf(JsonElement root, JsonElement stream)
    {
        if (stream.TryGetProperty("side_data_list", out _) || !root.TryGetProperty("frames", out JsonElement frames)
            || frames.GetArrayLength() == 0 || frames[0].TryGetProperty("side_data_list", out JsonElement sideData) && IsTurned(sideData))
        {
            return null;
        }

        string[] aspect = Text(frames[0], "sample_aspect_ratio")?.Split(':') ?? [];
        double ratio = aspect.Length == 2 && double.TryParse(aspect[0], CultureInfo.InvariantCulture, out double across)
            && double.TryParse(aspect[1], CultureInfo.InvariantCulture, out double down) && across > 0 && down > 0 ? across / down : 1;
        return Number(frames[0], "width") is > 0 and { } width && Number(frames[0], "height") is > 0 and { } height
            ? new PictureSize(width, height, ratio) : null;
    }

    private static bool IsTurned(JsonElement sideData) =>
        sideData.EnumerateArray().Any(entry => entry.TryGetProperty("rotation", out _));

    /// <summary>Pictures that say it themselves are believed one by one; otherwise the container's word counts for all of them.</summary>
    private static FieldLayout FieldsOf(string? declared, bool flagged) => (flagged, declared) switch
    {
        (true, _) => FieldLayout.Flagged,
        (_, "tt" or "bt") => FieldLayout.TopFirst,
        (_, "bb" or "tb") => FieldLayout.BottomFirst,
        _ => FieldLayout.Progressive,
    };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : null;

    /// <summary>Reads <c>14.000000</c> and Matroska's <c>00:00:14.000000000</c>.</summary>
    private static double? Seconds(string? text)
    {
        double total = 0;
        foreach (string part in (text ?? "none").Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                return null;
            }

            total = (total * 60) + value;
        }

        return total > 0 ? total : null;
    }
}
