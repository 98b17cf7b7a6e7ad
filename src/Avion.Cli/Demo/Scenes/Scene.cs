namespace Avion.Cli;

/// <summary>One video: a background, a shaking camera, and a row of captioned clips, all drawn from (seed, name).</summary>
internal sealed class Scene
{
    private const double TiltDegrees = 12;

    private Scene(DemoTask task, string name, Background background, CameraShake shake, ulong grainSeed, IReadOnlyList<SceneClip> clips)
    {
        (Task, Name, Background, Shake, GrainSeed, Clips) = (task, name, background, shake, grainSeed, clips);
    }

    public DemoTask Task { get; }

    public string Name { get; }

    public Background Background { get; }

    public CameraShake Shake { get; }

    /// <summary>Starts the noise that every frame adds.</summary>
    public ulong GrainSeed { get; }

    public IReadOnlyList<SceneClip> Clips { get; }

    public int FrameCount => Task.VideoSeconds * Task.FramesPerSecond;

    /// <summary>Draws a scene whose clips take their captions from <paramref name="deck"/>.</summary>
    public static Scene Draw(DemoTask task, ulong seed, string name, CaptionDeck deck)
    {
        CounterRandom random = CounterRandom.For(seed, "scene " + name);
        Background background = new(task, ref random);
        CameraShake shake = new(task, ref random);
        ulong grainSeed = random.NextUInt64();
        List<SceneClip> clips = [];
        int frame = Frames(task, task.GapSeconds.Draw(ref random));
        while (true)
        {
            int end = frame + Frames(task, task.ClipSeconds.Draw(ref random));
            if (end > task.VideoSeconds * task.FramesPerSecond)
            {
                return new Scene(task, name, background, shake, grainSeed, clips);
            }
            Caption caption = deck.Deal();
            Trajectory trajectory = new(task, caption.Motion, ref random);
            double tilt = (2 * random.NextDouble() - 1) * TiltDegrees * Math.PI / 180;
            double brightness = new Interval(0.85, 1.0).Draw(ref random);
            clips.Add(new SceneClip(frame, end, caption, new SceneActor(trajectory, tilt, brightness), DrawBystanders(task, ref random)));
            frame = end + Frames(task, task.GapSeconds.Draw(ref random));
        }
    }

    private static int Frames(DemoTask task, double seconds) => Math.Max(1, (int)Math.Round(seconds * task.FramesPerSecond));

    private static List<Bystander> DrawBystanders(DemoTask task, ref CounterRandom random)
    {
        List<Bystander> bystanders = [];
        for (int count = random.Next(task.MaximumBystanders + 1); count > 0; count--)
        {
            ObjectShape shape = task.Shapes[random.Next(task.Shapes.Count)];
            double radius = task.ObjectRadius.Draw(ref random) * 0.7;
            double x = new Interval(radius, 1 - radius).Draw(ref random);
            double y = new Interval(radius, 1 - radius).Draw(ref random);
            bystanders.Add(new Bystander(shape, x, y, radius, (byte)(30 + random.Next(40))));
        }
        return bystanders;
    }
}
