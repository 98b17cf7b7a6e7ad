namespace Avion.Data;

/// <summary>A window of a video that is being written.</summary>
/// <param name="File">The file.</param>
/// <param name="Span">The part of it, in seconds from its first picture; whole where the file cannot be opened.</param>
/// <param name="Pixels">[T, 3, H, W]; empty where it cannot be read.</param>
/// <param name="Reason">Why it cannot be read; null where it can.</param>
public sealed record FollowedWindow(string File, ClipSpan Span, byte[] Pixels, string? Reason = null);
