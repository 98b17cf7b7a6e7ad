namespace Avion.Data;

/// <summary>Chooses which frames of a video make up a clip.</summary>
public abstract class FrameSampling
{
    /// <summary>Views that a sample has in evaluation, each of other frames; 1 where there is a single clip.</summary>
    public virtual int ViewCount => 1;

    /// <summary>Fills in the request's frames and segments.</summary>
    /// <param name="video">The video.</param>
    /// <param name="span">Which part of it the annotation means.</param>
    /// <param name="view">Which view, 0 … <see cref="ViewCount"/> - 1.</param>
    /// <param name="random">The sample's own random stream.</param>
    /// <param name="videos">Answers for the files' lengths.</param>
    /// <param name="request">Receives frames and segments.</param>
    /// <exception cref="DataException">Frames that are needed are not on disk.</exception>
    public abstract void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request);

    /// <summary>How many frames there are to choose from.</summary>
    /// <param name="video">The video.</param>
    /// <param name="span">Which part of it the annotation means.</param>
    /// <param name="frameCount">T, frames of a clip.</param>
    /// <param name="videos">Answers for the files' lengths.</param>
    /// <exception cref="DataException">Frames that are needed are not on disk.</exception>
    public abstract int Count(StoredVideo video, in ClipSpan span, int frameCount, IClipSource videos);
}

/// <summary>A stretch of time in a video, in seconds; the whole video where <paramref name="Start"/> is not a number.</summary>
public readonly record struct ClipSpan(double Start, double End)
{
    /// <summary>The whole of a video.</summary>
    public static ClipSpan Whole => new(double.NaN, double.NaN);

    public bool IsWhole => double.IsNaN(Start);

    public override string ToString() => IsWhole ? "whole" : System.FormattableString.Invariant($"{Start:F2}-{End:F2} s");
}
