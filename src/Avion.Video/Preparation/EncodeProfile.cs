namespace Avion.Video;

/// <summary>
/// How chunks are compressed: a trade of bytes for the time that a random clip costs to decode. Sizes, quality and speeds of each on
/// natural video are in docs/preparing.md.
/// </summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Summary">One line for people who choose.</param>
/// <param name="EncoderArguments">Arguments of the <c>ffmpeg</c> program that differ between profiles.</param>
public sealed record EncodeProfile(string Name, string Summary, IReadOnlyList<string> EncoderArguments)
{
    /// <summary>x264's defaults, as the chunks of the reference were made.</summary>
    public static EncodeProfile Compatible { get; } = new(
        "compatible", "x264's defaults: smallest, a keyframe every 250 frames, slow to enter in the middle",
        ["-preset", "medium", "-g", "250"]);

    /// <summary>
    /// No CABAC and no deblocking, a keyframe each second, and B-frames, up to four in a row, that nothing refers to: a reader leaves out
    /// those that it does not want. Against x264's own choice of B-frames this decodes four pictures
    /// for every seven, for 0.2 dB at equal size.
    /// </summary>
    public static EncodeProfile Fast { get; } = new(
        "fast", "no CABAC, no deblocking, skippable B-frames, a keyframe every 30 frames: the best balance",
        ["-preset", "faster", "-tune", "fastdecode", "-g", "30", "-bf", "4", "-x264-params", "b-adapt=1:b-bias=50:b-pyramid=none"]);

    /// <summary>As fast, with seven B-frames in a row that nothing refers to, so that a reader skips most of them.</summary>
    public static EncodeProfile Faster { get; } = new(
        "faster", "as fast, with seven skippable B-frames between reference frames: somewhat lower quality",
        ["-preset", "faster", "-tune", "fastdecode", "-g", "32", "-bf", "7", "-x264-params", "b-adapt=0:b-pyramid=none"]);

    /// <summary>Keyframes only.</summary>
    public static EncodeProfile Intra { get; } = new(
        "intra", "keyframes only: any frame costs one frame, two to three times the bytes",
        ["-preset", "faster", "-tune", "fastdecode", "-g", "1"]);

    /// <summary>All profiles, from the smallest files to the fastest reading.</summary>
    public static IReadOnlyList<EncodeProfile> All { get; } = [Compatible, Fast, Faster, Intra];

    /// <summary>The profile of a name; null if there is none.</summary>
    public static EncodeProfile? Find(string name) =>
        All.FirstOrDefault(profile => string.Equals(profile.Name, name, StringComparison.OrdinalIgnoreCase));
}
