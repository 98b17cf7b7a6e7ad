namespace Avion.Cli;

/// <summary>A clip with its likeliest classes.</summary>
/// <param name="File">The video, by the name under which it was found.</param>
/// <param name="Span">The part of it.</param>
/// <param name="Heads">The likeliest classes of each head, the likeliest first; empty where the clip cannot be read.</param>
/// <param name="Reason">Why it cannot be read; null where it can.</param>
internal sealed record ClassifiedClip(string File, ClipSpan Span, LikelyClass[][] Heads, string? Reason = null)
{
    /// <summary>The part, as people read it: <c>12.00-16.00 s</c>.</summary>
    public string Part => Span.ToString();
}
