namespace Avion.Cli;

/// <summary>Everything that makes the demo's data easy or hard, in one place.</summary>
/// <remarks>
/// Lengths are in units of the frame's side unless the name says otherwise. The number of different captions is
/// colours × shapes × motions; a motion and its opposite give captions that differ in direction alone.
/// </remarks>
public sealed record DemoTask
{
    public int FrameSizePixels { get; init; } = 96;

    public int FramesPerSecond { get; init; } = 10;

    public int ChunkSeconds { get; init; } = 15;

    public int VideoSeconds { get; init; } = 60;

    /// <summary>Videos to train on; each is one scene.</summary>
    public int TrainingVideos { get; init; } = 100;

    /// <summary>Videos of other scenes, never trained on.</summary>
    public int HeldOutVideos { get; init; } = 12;

    public IReadOnlyList<ObjectColour> Colours { get; init; } = ObjectColour.All;

    public IReadOnlyList<ObjectShape> Shapes { get; init; } =
        [ObjectShape.Ring, ObjectShape.Square, ObjectShape.Triangle, ObjectShape.Cross];

    public IReadOnlyList<Motion> Motions { get; init; } = Motion.All;

    public Interval ClipSeconds { get; init; } = new(1.4, 1.8);

    /// <summary>Time between two clips, when the scene shows nothing but its background.</summary>
    public Interval GapSeconds { get; init; } = new(0.1, 0.3);

    public Interval ObjectRadius { get; init; } = new(0.17, 0.21);

    /// <summary>How far an object moves along a line.</summary>
    public Interval Travel { get; init; } = new(0.45, 0.55);

    /// <summary>Radius and swept angle of a circular motion.</summary>
    public Interval OrbitRadius { get; init; } = new(0.22, 0.28);

    public Interval OrbitDegrees { get; init; } = new(270, 330);

    /// <summary>How far the middle of a circular motion may lie from the bottom of its circle; 180
    /// lets it begin anywhere, which is harder.</summary>
    public double OrbitTurnDegrees { get; init; } = 60;

    /// <summary>Ratio of the largest to the smallest size of a growing or shrinking object.</summary>
    public Interval GrowthRatio { get; init; } = new(2.2, 3.0);

    /// <summary>Still grey objects beside the one that the caption names, at most.</summary>
    public int MaximumBystanders { get; init; } = 1;

    /// <summary>Largest displacement of the shaking camera.</summary>
    public Interval ShakePixels { get; init; } = new(0.5, 2.5);

    /// <summary>Swing of the background's brightness, in levels of 255.</summary>
    public Interval TextureLevels { get; init; } = new(15, 40);

    /// <summary>Swing of the noise that every frame adds, in levels of 255.</summary>
    public int GrainLevels { get; init; } = 6;

    /// <summary>The task of `avion demo`.</summary>
    public static DemoTask Full { get; } = new();

    /// <summary>The task of `avion demo --quick`: the same pictures, far fewer of them.</summary>
    public static DemoTask Quick { get; } = new() { TrainingVideos = 4, HeldOutVideos = 2, VideoSeconds = 30 };
}
