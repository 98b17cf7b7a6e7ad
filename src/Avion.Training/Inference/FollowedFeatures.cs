namespace Avion.Training;

/// <summary>A window of a video that is being written, with what the model makes of it.</summary>
/// <param name="File">The file.</param>
/// <param name="Span">The part of it, in seconds from its first picture; whole where the file cannot be opened.</param>
/// <param name="Values">Each output, in the order of <see cref="FeatureExtractor.Outputs"/>; empty where the window cannot be read.</param>
/// <param name="Reason">Why it cannot be read; null where it can.</param>
public sealed record FollowedFeature(string File, ClipSpan Span, float[][] Values, string? Reason = null);

/// <summary>Features of a video that somebody is writing, or of a folder that a camera puts segments into: a window each, once it is
/// complete, in order (<see cref="VideoFollower"/>).</summary>
public sealed class FollowedFeatures : IDisposable
{
    private readonly FeatureExtractor _extractor;
    private readonly VideoFollower _follower;

    /// <summary>Begins; nothing is read before <see cref="Next"/>.</summary>
    /// <inheritdoc cref="VideoFollower(string, WindowRule, ClipView, FollowOptions, Action{string})" />
    /// <param name="extractor">The model.</param>
    /// <param name="path">A file that is being written, or a folder of segments.</param>
    /// <param name="rule">How videos are cut; whole segments of a folder where it is <see cref="WindowRule.Whole"/>.</param>
    /// <param name="options">When writers have ended.</param>
    /// <param name="tell">Told what a user should know, such as what is waited for.</param>
    public FollowedFeatures(FeatureExtractor extractor, string path, WindowRule rule, FollowOptions options, Action<string> tell) =>
        (_extractor, _follower) = (extractor, new VideoFollower(path, rule, extractor.View, options, tell));

    /// <summary>Waits for the next window.</summary>
    /// <returns>The window; null at the end, which <see cref="VideoFollower.Next"/> tells.</returns>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="VideoException">FFmpeg's libraries are missing.</exception>
    public FollowedFeature? Next(CancellationToken cancellation = default) => _follower.Next(cancellation) is not { } window ? null
        : new FollowedFeature(window.File, window.Span, window.Reason is null ? _extractor.OfPixels(window.Pixels) : [], window.Reason);

    /// <inheritdoc />
    public void Dispose() => _follower.Dispose();
}
