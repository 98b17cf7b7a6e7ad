namespace Avion.Training;

/// <summary>Which clip a row of features is of.</summary>
/// <param name="Clip">Number of the clip in its list, from 0.</param>
/// <param name="File">The video, by the name under which it was found.</param>
/// <param name="Span">The part of the video, in seconds.</param>
/// <param name="View">Number of the view where each has a row of its own; otherwise 0.</param>
public readonly record struct FeatureRow(int Clip, string File, ClipSpan Span, int View = 0);

/// <summary>A clip that has no features, and why.</summary>
/// <param name="Row">The clip.</param>
/// <param name="Reason">What is wrong with its video.</param>
public readonly record struct UnreadableClip(FeatureRow Row, string Reason);
