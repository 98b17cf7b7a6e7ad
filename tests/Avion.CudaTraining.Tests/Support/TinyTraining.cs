namespace Avion.CudaTraining.Tests;

/// <summary>Trainings of each task that a simulator runs in seconds: models of one or two blocks on clips of two frames of 8 pixels, whose
/// brightness is their class, their caption and their row of relevancies.</summary>
internal static class TinyTraining
{
    /// <summary>A name of each task, with what it adds to the keys of the others.</summary>
    public static IReadOnlyDictionary<string, string[]> Kinds { get; } = new Dictionary<string, string[]>
    {
        ["contrastive"] = ["task: contrastive", .. Towers(width: 64, heads: 1), "model.vision.patch_dropout=0.5", "model.vision.layers=2"],
        ["sigmoid"] = ["task: contrastive", .. Towers(width: 32, heads: 2), "loss.kind=sigmoid", "model.vision.drop_path=0.1"],
        ["retrieval"] =
        [
            "task: retrieval", .. Towers(width: 32, heads: 2), "loss.kind=adaptive_margin", "data.train.relevancy=matrix.pkl",
            "data.train.sentences=sentences.csv",
        ],
        ["classification"] =
        [
            "task: classification", .. Vision(width: 64, heads: 1), $"model.classes={SyntheticClips.Levels}", "train.mixing.mixup=0.8",
            "train.mixing.cutmix=1", "train.label_smoothing=0.1", "model.dropout=0.2",
        ],
        ["videomae classification"] =
        [
            "task: classification", .. Vision(width: 24, heads: 2), "model.architecture=videomae", $"model.classes={SyntheticClips.Levels}",
            "train.mixing.mixup=0.8",
        ],
        ["masked-video"] =
        [
            "task: masked-video", "model.frames=4", "model.image_size=8", "model.patch_size=4", "model.mask_ratio=0.5", "model.encoder.width=24",
            "model.encoder.layers=2", "model.encoder.heads=2", "model.decoder.width=16", "model.decoder.layers=1", "model.decoder.heads=2",
        ],
    };

    /// <summary>The recipe of one of <see cref="Kinds"/>: five steps of four clips.</summary>
    public static Recipe Recipe(string kind, string folder, params string[] overrides)
    {
        string[] keys = Kinds[kind];
        return RecipeReader.Read(keys[0] + "\nname: tiny\n", "test",
        [
            "output.folder=" + folder, "output.log_every_steps=1", "output.tensorboard=false", "checkpoint.every_steps=0",
            "checkpoint.every_seconds=0", "train.batch_size=4", "train.epochs=1", "train.seed=3", "optimizer.learning_rate=1e-3",
            "optimizer.clip_gradient_norm=1", "schedule.kind=constant", "schedule.warmup_epochs=0", "evaluate.every_epochs=0",
            "evaluate.batch_size=4", "data.decode_threads=1", .. keys[1..], .. overrides,
        ]);
    }

    /// <summary>Losses of the first steps of a run in bfloat16, one by one, beside those of a run that rounds less or in another order.</summary>
    public static void AssertNearInBFloat16(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual),
            pair => Assert.Equal(pair.First, pair.Second, ModelTolerance.BFloat16Loss * Math.Max(1, Math.Abs(pair.First))));
    }

    /// <summary>Twenty clips to train on, and as many as asked to evaluate on.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="folder">Takes a vocabulary, where the task keeps one.</param>
    /// <param name="validation">Clips to evaluate on.</param>
    public static TrainingData Data(string kind, TemporaryFolder folder, int validation = 0)
    {
        TrainingData data = SyntheticClips.Data(train: 20, validation);
        if (kind != "retrieval")
        {
            return data;
        }

        CaptionStore sentences = new();
        RelevantCaptions relevancy = new(sentences);
        for (int level = 0; level < SyntheticClips.Levels; level++)
        {
            sentences.Add(new string((char)('a' + level), 3));
        }

        for (int clip = 0; clip < data.Train!.Count; clip++)
        {
            int own = SyntheticClips.LevelOf(clip);
            relevancy.AddRow([.. Enumerable.Range(0, SyntheticClips.Levels).Select(level => 1f / (1 + Math.Abs(level - own)))]);
        }

        File.WriteAllText(folder.File("vocabulary.txt"), "#version\n");
        return new RetrievalData
        {
            VocabularyPath = folder.File("vocabulary.txt"),
            Train = data.Train, Validation = data.Validation, Encoder = data.Encoder, OpenSource = data.OpenSource, TrainRelevancy = relevancy,
        };
    }

    /// <summary>The losses of a run, step by step.</summary>
    public static double[] Losses(string folder) =>
    [
        .. RunLogReader.Read(Path.Combine(folder, "log.jsonl")).Effective().Where(entry => entry.Kind == RunLogKind.Step)
            .Select(entry => entry.Values["loss"]),
    ];

    private static string[] Vision(int width, int heads) =>
    [
        "model.vision.frames=2", "model.vision.image_size=8", "model.vision.patch_size=4", $"model.vision.width={width}", "model.vision.layers=1",
        $"model.vision.heads={heads}",
    ];

    private static string[] Towers(int width, int heads) =>
    [
        .. Vision(width, heads), "model.embedding_size=16", "model.text.context_length=8", "model.text.vocabulary_size=600",
        $"model.text.width={width}", "model.text.layers=1", $"model.text.heads={heads}",
    ];
}
