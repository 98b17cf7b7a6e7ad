using System.Text.RegularExpressions;

namespace Avion.Video;

/// <summary>Turns what FFmpeg writes on standard error into one reason that a person can act on.</summary>
internal static partial class Complaint
{
    private static readonly (string Phrase, string Reason)[] s_known =
    [
        ("moov atom not found", "its table of frames (moov) is missing: the recording or the copy was cut short"),
        ("ended prematurely", "it ends before its declared end: the copy was cut short"),
        ("partial file", "it ends before data that it declares: the copy was cut short"),
        ("corrupt input packet", "it ends before data that it declares, or holds damaged packets: the copy was cut short or damaged"),
        ("Permission denied", "no permission to read it"),
        ("does not contain any stream", "it has no video stream"),
        ("matches no streams", "it has no video stream"),
        ("Error while decoding", "a picture cannot be decoded: the file is damaged"),
        ("Error submitting packet to decoder", "a picture cannot be decoded: the file is damaged"),
        ("corrupt decoded frame", "a picture cannot be decoded: the file is damaged"),
        ("Invalid NAL unit size", "a picture cannot be decoded: the file is damaged"),
        ("error while decoding MB", "a picture cannot be decoded: the file is damaged"),
        ("Invalid data found when processing input", "it is no video that FFmpeg knows, or its start is damaged"),
    ];

    /// <summary>Whether the encoder failed for want of space, which no other video would escape either.</summary>
    public static bool IsDiskFull(IReadOnlyList<string> complaints) =>
        complaints.Any(line => line.Contains("No space left on device", StringComparison.Ordinal)
            || line.Contains("Disk quota exceeded", StringComparison.Ordinal));

    /// <summary>Whether a demuxer that ended without an error said that the file was cut short.</summary>
    public static bool IsCutShort(IReadOnlyList<string> complaints) =>
        complaints.Any(line => line.Contains("ended prematurely", StringComparison.Ordinal)
            || line.Contains("partial file", StringComparison.Ordinal));

    /// <summary>One reason: a known one, with FFmpeg's words, or else FFmpeg's first words.</summary>
    public static string ReasonOf(IReadOnlyList<string> complaints, string path)
    {
        string[] lines = [.. complaints.Select(line => Clean(line, path)).Where(line => line.Length > 0)];
        foreach ((string phrase, string reason) in s_known)
        {
            if (lines.FirstOrDefault(line => line.Contains(phrase, StringComparison.OrdinalIgnoreCase)) is { } words)
            {
                return $"{reason} (ffmpeg: {words})";
            }
        }

        return lines.Length == 0 ? "ffmpeg failed without saying why" : $"ffmpeg: {lines[0]}";
    }

    private static string Clean(string line, string path) =>
        Source().Replace(line, string.Empty).Replace($"file:{path}: ", string.Empty, StringComparison.Ordinal).Trim().TrimEnd('.');

    /// <summary>The <c>[mov,mp4 @ 0x55e002397b80] </c> before a line.</summary>
    [GeneratedRegex(@"^(\[[^\]]*@ 0x[0-9a-f]+\] )+")]
    private static partial Regex Source();
}
