namespace Avion.Cli;

/// <summary>What an object does, by its words in captions.</summary>
/// <remarks>Motions come in pairs that are each other's reversal in time: no single frame tells the two apart.</remarks>
public sealed class Motion
{
    private Motion(string phrase, MotionPath path, bool isReversed)
    {
        Phrase = phrase;
        Path = path;
        IsReversed = isReversed;
    }

    public static IReadOnlyList<Motion> All { get; } =
    [
        new("moves right", MotionPath.Horizontal, false),
        new("moves left", MotionPath.Horizontal, true),
        new("moves down", MotionPath.Vertical, false),
        new("moves up", MotionPath.Vertical, true),
        new("grows", MotionPath.Growth, false),
        new("shrinks", MotionPath.Growth, true),
        new("circles clockwise", MotionPath.Orbit, false),
        new("circles counterclockwise", MotionPath.Orbit, true),
    ];

    public string Phrase { get; }

    public MotionPath Path { get; }

    /// <summary>Whether the path is walked from its end to its start.</summary>
    public bool IsReversed { get; }

    /// <summary>The same path in the other direction.</summary>
    public Motion Opposite
    {
        get
        {
            foreach (Motion other in All)
            {
                if (other.Path == Path && other.IsReversed != IsReversed)
                {
                    return other;
                }
            }
            throw new InvalidOperationException($"Motion '{Phrase}' has no opposite.");
        }
    }
}

/// <summary>The line that a motion follows, in its forward direction.</summary>
public enum MotionPath
{
    /// <summary>From left to right.</summary>
    Horizontal,

    /// <summary>From top to bottom.</summary>
    Vertical,

    /// <summary>From small to large, in place.</summary>
    Growth,

    /// <summary>Clockwise around the middle of the picture.</summary>
    Orbit,
}
