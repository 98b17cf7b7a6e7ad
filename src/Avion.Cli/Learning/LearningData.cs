namespace Avion.Cli;

/// <summary>Generated H.264 videos and annotations, in the forms that every task reads: what the tiny recipes train on.</summary>
/// <remarks>
/// Scenes of the demo, with fewer shapes and motions, so that minutes are enough to learn them. The label of a clip is its colour
/// and its motion: a frame alone tells the colour, and only the order of frames the motion. No scene is in both splits.
/// </remarks>
internal sealed class LearningData
{
    /// <summary>The split to train on.</summary>
    public const string Train = "train";

    /// <summary>The split to evaluate on.</summary>
    public const string Validation = "validation";

    private readonly DemoTask _task;
    private readonly Dictionary<string, IReadOnlyList<Scene>> _scenes;

    private LearningData(DemoTask task, ulong seed)
    {
        _task = task;
        _scenes = new Dictionary<string, IReadOnlyList<Scene>>
        {
            [Train] = DrawScenes(task, seed, Train, task.TrainingVideos),
            [Validation] = DrawScenes(task, seed, Validation, task.HeldOutVideos),
        };
    }

    /// <summary>The data of `avion bench learn`.</summary>
    public static DemoTask Full { get; } = new()
    {
        FrameSizePixels = 64,
        VideoSeconds = 45,
        TrainingVideos = 60,
        HeldOutVideos = 12,
        Shapes = [ObjectShape.Ring, ObjectShape.Square],
        Motions = [.. Motion.All.Where(motion => motion.Path is MotionPath.Horizontal or MotionPath.Vertical)],
    };

    /// <summary>The same pictures, far fewer of them.</summary>
    public static DemoTask Quick { get; } = Full with { TrainingVideos = 20, HeldOutVideos = 6 };

    /// <summary>The scenes of a split.</summary>
    public IReadOnlyList<Scene> Scenes(string split) => _scenes[split];

    /// <summary>Draws all scenes; the same seed gives the same scenes, to the last pixel.</summary>
    public static LearningData Draw(DemoTask task, ulong seed = 0) => new(task, seed);

    /// <summary>Writes videos and annotations, unless an earlier call has written the same.</summary>
    /// <param name="folders">Where.</param>
    /// <param name="task">How much, and how hard.</param>
    /// <param name="report">Takes the share that is done.</param>
    /// <param name="cancellation">Stops the encoders.</param>
    public static async Task PrepareAsync(LearningFolders folders, DemoTask task, Action<double> report, CancellationToken cancellation)
    {
        string state = $"{task.TrainingVideos} + {task.HeldOutVideos} videos of {task.VideoSeconds} s at {task.FrameSizePixels} pixels, "
            + $"{task.Colours.Count} x {task.Shapes.Count} x {task.Motions.Count} captions\n";
        folders.Claim();
        if (File.Exists(folders.DataState) && File.ReadAllText(folders.DataState) == state)
        {
            return;
        }

        string data = Path.GetDirectoryName(folders.DataState)!;
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }

        await Draw(task).WriteAsync(folders, report, cancellation);
        File.WriteAllText(folders.DataState, state);
    }

    /// <summary>Writes videos and annotations.</summary>
    public async Task WriteAsync(LearningFolders folders, Action<double> report, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folders.Videos);
        foreach ((string split, IReadOnlyList<Scene> scenes) in _scenes)
        {
            LearningAnnotations annotations = new(_task, scenes);
            annotations.WriteCaptions(folders.Annotations(split));
            annotations.WriteEpic(folders.EpicAnnotations(split), folders.Sentences(split), folders.Relevancy(split));
        }

        await SceneEncoder.EncodeAllAsync([.. _scenes.Values.SelectMany(scenes => scenes)], folders.Videos, report, cancellation);
    }

    private static Scene[] DrawScenes(DemoTask task, ulong seed, string split, int count)
    {
        CaptionDeck deck = new(task, CounterRandom.For(seed, "captions " + split));
        return [.. Enumerable.Range(0, count).Select(index => Scene.Draw(task, seed, $"{split}/{index:000}", deck))];
    }
}
