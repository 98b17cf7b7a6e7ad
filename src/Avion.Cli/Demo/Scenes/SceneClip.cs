namespace Avion.Cli;

/// <summary>One captioned stretch of a scene: frames <paramref name="FirstFrame"/> up to, not including,
/// <paramref name="EndFrame"/>.</summary>
internal sealed record SceneClip(int FirstFrame, int EndFrame, Caption Caption, SceneActor Actor, IReadOnlyList<Bystander> Bystanders);

/// <summary>The object that the caption names.</summary>
internal sealed record SceneActor(Trajectory Trajectory, double TiltRadians, double Brightness);

/// <summary>A still grey object that no caption names.</summary>
internal sealed record Bystander(ObjectShape Shape, double X, double Y, double Radius, byte Level);
