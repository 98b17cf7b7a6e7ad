// A training of its own: what a patch of a video can be told by in a few numbers. A linear layer makes them, another one the patch again.
// dotnet run -c Release --project samples/TrainOwnTask -- data.train.videos=FOLDER [train.epochs=3 model.numbers=32 ...]
TrainingTasks.Add<PatchCoding>();
Recipe recipe = TrainingTasks.Find(PatchCoding.Name)!.NewRecipe() with { Name = PatchCoding.Name };
TrainingOutcome outcome = TrainingRun.Start(RecipeReader.Override(recipe, args));
Console.WriteLine($"{outcome.Steps} steps; losses, checkpoints and the recipe are in {outcome.Folder}");

/// <summary>What the task adds to a recipe.</summary>
internal sealed record PatchOptions : TaskOptions
{
    public int Numbers { get; init; } = 16;
}

/// <summary>[patches, 3·P·P] to [patches, numbers] and back.</summary>
internal sealed class PatchCoder : Model
{
    public const int ImageSize = 64, PatchSize = 8, Pixels = 3 * PatchSize * PatchSize;
    private readonly LayerParameters _into, _back;

    public PatchCoder(PatchOptions options, TaskSetup setup) : base(setup.Device)
    {
        ParameterDeclarations declare = new(Parameters);
        _into = LayerParameters.Linear(declare, "into", Pixels, options.Numbers, InitialValue.FanIn(Pixels), InitialValue.Zero);
        _back = LayerParameters.Linear(declare, "back", options.Numbers, Pixels, InitialValue.FanIn(options.Numbers), InitialValue.Zero);
        AllocateParameters(withGradients: true);
        declare.Initialize(setup.Device, setup.Recipe.Train.Seed);
    }

    public override ModelArchitecture Architecture => new() { Normalization = PixelNormalization.ImageNet };
    public override IReadOnlyList<BlockStack> BlockStacks => [];

    public Tensor Error(Tape tape, Tensor pixels)
    {
        Tensor patches = tape.Patchify(pixels, PixelNormalization.ImageNet.ForVideo, PatchSize);
        Tensor numbers = tape.Linear(patches, _into.Weight, _into.Bias);
        return tape.MeanSquaredError(tape.Linear(numbers, _back.Weight, _back.Bias), patches);
    }
}

/// <summary>The training: its word and keys in recipes, its data, its loss.</summary>
internal sealed class PatchCoding(TaskSetup setup) : TrainingTask(setup), ITrainingTask<PatchCoding>
{
    public static string Name => "patch-coding";
    public static string Meaning => "Two linear layers learn to tell patches by a few numbers.";
    public static TaskOptions Options { get; } = new PatchOptions();
    public static IReadOnlyList<Metric> Metrics => [];
    public static IEnumerable<RecipeKey> Keys => [TaskSection.Of<PatchOptions>("model.").Integer("numbers", "Numbers that tell a patch.", 1, 192,
        options => options.Numbers, (options, value) => options with { Numbers = (int)value })];

    public override PatchCoder Model { get; } = new(setup.Recipe.OptionsOf<PatchOptions>(), setup);
    public override ClipForm Clips => new(FrameCount: 4, PatchCoder.ImageSize, PatchCoder.ImageSize);
    public static PatchCoding Create(TaskSetup setup) => new(setup);
    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured) => Model.Error(tape, batch.Pixels);
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => new()
    {
        Train = ClipSets.ForTraining(recipe, ClipSets.ReadTraining(recipe, new AnnotationOptions { Use = AnnotationUse.Clips })),
        OpenSource = () => new VideoClipSource(),
    };
}
