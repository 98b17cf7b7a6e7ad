namespace Avion.Browser.Tests;

/// <summary>How a page is looked at.</summary>
public sealed record Look
{
    /// <summary>The narrowest screen that pages are made for, a small telephone's, in CSS pixels.</summary>
    public const int NarrowWidth = 360;

    /// <summary>Width of the window in CSS pixels.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Height of the window in CSS pixels.</summary>
    public int Height { get; init; } = 900;

    /// <summary>Whether the system prefers dark pages.</summary>
    public bool IsDark { get; init; }

    /// <summary>Whether the page may run scripts.</summary>
    public bool RunsScripts { get; init; } = true;
}
