namespace Avion.Training;

/// <summary>What the training of a classifier adds to a recipe: the encoder and its head, the classes, and what is done to clips.</summary>
public sealed record ClassificationOptions : TaskOptions
{
    private const string DualEncoderTower = "clip", VideoMaeEncoder = "videomae";

    /// <summary>Classes that a plan counts where neither recipe nor data say how many there are.</summary>
    internal const int PlannedClasses = 1000;

    /// <summary>One of <see cref="Architectures"/>.</summary>
    public string Architecture { get; init; } = DualEncoderTower;

    public VisionOptions Vision { get; init; } = new() { Frames = 16 };

    public int Classes { get; init; }

    public double Dropout { get; init; }

    public TextList ClassFiles { get; init; } = TextList.Empty;

    public string Label { get; init; } = "";

    public double LabelSmoothing { get; init; }

    public MixingOptions Mixing { get; init; } = new();

    public RandAugmentOptions RandAugment { get; init; } = new();

    public RandomErasingOptions RandomErasing { get; init; } = new();

    public bool AveragesFlips { get; init; }

    /// <summary>Whether the encoder is VideoMAE's; otherwise it is the vision tower of a dual encoder.</summary>
    public bool IsVideoMae => Architecture == VideoMaeEncoder;

    internal static string[] Architectures { get; } = [DualEncoderTower, VideoMaeEncoder];

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<ClassificationOptions> model = TaskSection.Of<ClassificationOptions>("model."),
                data = TaskSection.Of<ClassificationOptions>("data."), train = TaskSection.Of<ClassificationOptions>("train."),
                evaluate = TaskSection.Of<ClassificationOptions>("evaluate.");
            IEnumerable<RecipeKey> parts =
            [
                model.Choice("architecture", "The encoder: the vision tower of a dual encoder, read at its class token (clip), or that of "
                    + "a masked autoencoder, of which the mean over all tokens is read (videomae).", Architectures,
                    m => m.Architecture, (m, v) => m with { Architecture = v }),
                model.Integer("classes", "Classes of the head; 0: as many as the data has.", 0, ClassList.MostClasses,
                    m => m.Classes, (m, v) => m with { Classes = (int)v }),
                model.Number("dropout", "Share of the features that training drops before the head.", NumberRange.AtLeastBelow(0, 1),
                    m => m.Dropout, (m, v) => m with { Dropout = v }),
                .. StartOptions.Keys,
                .. VisionOptions.KeysIn(model.Part("vision.", m => m.Vision, (m, v) => m with { Vision = v })),
                data.List("classes", "Files that number the classes: names (one a line, CSV or JSON), or clips of EPIC-KITCHENS-100; "
                    + "empty: the classes of data.train and data.validation together, names in the order of their letters.",
                    d => d.ClassFiles, (d, v) => d with { ClassFiles = v }),
                data.Text("label", "Which label is learned, where annotations have several; empty: the action of EPIC-KITCHENS-100, from "
                    + "which verbs and nouns are scored too, otherwise the first.", d => d.Label, (d, v) => d with { Label = v }),
                .. RandAugmentOptions.KeysIn(data.Part("rand_augment.", d => d.RandAugment, (d, v) => d with { RandAugment = v })),
                .. RandomErasingOptions.KeysIn(data.Part("random_erasing.", d => d.RandomErasing, (d, v) => d with { RandomErasing = v })),
                train.Number("label_smoothing", "Share of each target that is spread evenly over all classes.",
                    NumberRange.AtLeastBelow(0, 1), t => t.LabelSmoothing, (t, v) => t with { LabelSmoothing = v }),
                .. MixingOptions.KeysIn(train.Part("mixing.", t => t.Mixing, (t, v) => t with { Mixing = v })),
                evaluate.Boolean("flip", "Evaluate each view of a clip together with its mirror image.",
                    e => e.AveragesFlips, (e, v) => e with { AveragesFlips = v }).WithoutEffectOnResult(),
            ];
            return parts;
        }
    }

    /// <summary>A recipe's part for the task.</summary>
    public static ClassificationOptions Of(Recipe recipe) => recipe.OptionsOf<ClassificationOptions>();

    /// <summary>The classifier over a dual encoder's tower.</summary>
    public VideoClassifierConfig TowerConfig(int classCount) => new()
    {
        Vision = Vision.ModelConfig(),
        Heads = [new ClassifierHead("fc_cls", classCount)],
        DropoutRate = (float)Dropout,
    };

    /// <summary>The classifier over VideoMAE's encoder.</summary>
    public VideoMaeClassifierConfig VideoMaeConfig(int classCount) => new()
    {
        Tubelets = new TubeletConfig
        {
            FrameCount = Vision.Frames,
            ImageSize = Vision.ImageSize,
            PatchSize = Vision.PatchSize,
            LayerNormEpsilon = (float)Vision.NormEpsilon,
            LayerScale = Vision.LayerScale > 0 ? (float)Vision.LayerScale : null,
        },
        Encoder = new TransformerSize(Vision.Width, Vision.Layers, Vision.Heads),
        ClassCount = classCount,
        DropPathRate = (float)Vision.DropPath,
        DropoutRate = (float)Dropout,
    };

    /// <inheritdoc />
    public override IEnumerable<string> Contradictions()
    {
        foreach (string sentence in Mixing.Contradictions().Concat(RandomErasing.Contradictions()))
        {
            yield return sentence;
        }

        if (Vision.ImageSize % Vision.PatchSize != 0)
        {
            yield return $"model.vision.image_size is {Vision.ImageSize}, "
                + $"expected a multiple of model.vision.patch_size {Vision.PatchSize}.";
        }

        if (Vision.Width % Vision.Heads != 0)
        {
            yield return $"model.vision.width is {Vision.Width}, expected a multiple of model.vision.heads {Vision.Heads}.";
        }

        if (!IsVideoMae)
        {
            yield break;
        }

        if (Vision.Frames % 2 != 0)
        {
            yield return $"model.vision.frames is {Vision.Frames}, expected a multiple of 2, the frames of a tubelet.";
        }

        if (Vision.Width % 2 != 0)
        {
            yield return $"model.vision.width is {Vision.Width}, expected an even number, for sines and cosines of positions.";
        }

        if (Vision.Gelu != new VisionOptions().Gelu)
        {
            yield return $"model.vision.gelu is {Vision.Gelu}, but the encoder of model.architecture={VideoMaeEncoder} computes "
                + $"{new VisionOptions().Gelu}.";
        }

        if (Vision.PatchDropout > 0 || Vision.Initialization != new VisionOptions().Initialization)
        {
            yield return "model.vision.patch_dropout and model.vision.initialization are of the clip architecture; leave them out with "
                + $"model.architecture={VideoMaeEncoder}.";
        }
    }
}
