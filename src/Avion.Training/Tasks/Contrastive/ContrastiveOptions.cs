namespace Avion.Training;

/// <summary>What contrastive training adds to a recipe: which loss, and how ranks share it.</summary>
public sealed record ContrastiveOptions : DualEncoderOptions
{
    private const string Softmax = "softmax", Sigmoid = "sigmoid";

    public string Loss { get; init; } = Softmax;

    /// <summary>First factor of the sigmoid loss.</summary>
    public double InitialScale { get; init; } = 10;

    /// <summary>First bias of the sigmoid loss; the published one says that a pair of 22 thousand belongs together, e⁻¹⁰.</summary>
    public double InitialBias { get; init; } = -10;

    public bool IsLocal { get; init; } = true;

    /// <summary>Whether pairs are told apart one by one.</summary>
    public bool IsSigmoid => Loss == Sigmoid;

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            foreach (RecipeKey key in KeysOf<ContrastiveOptions>())
            {
                yield return key;
            }

            RecipeSection<ContrastiveOptions> loss = TaskSection.Of<ContrastiveOptions>("loss.");
            yield return loss.Choice("kind", "softmax: each clip finds its caption among all of the batch, and each caption its clip; "
                + "sigmoid: every pair is told apart on its own, which begins with a scale and a bias of its own.", [Softmax, Sigmoid],
                s => s.Loss, (s, v) => s with { Loss = v });
            yield return loss.Number("initial_scale", "sigmoid: first factor of the similarities.", NumberRange.Between(1, 100),
                s => s.InitialScale, (s, v) => s with { InitialScale = v });
            yield return loss.Number("initial_bias", "sigmoid: first bias of the scaled similarities. Minus the scale, as published, lets "
                + "equal features begin undecided and all others apart.", NumberRange.Between(-100, 0),
                s => s.InitialBias, (s, v) => s with { InitialBias = v });
            yield return loss.Boolean("local", "Whether each rank computes the loss of its own clips and captions, against those of all "
                + "ranks; false: every rank that of all, with the same gradient.", s => s.IsLocal, (s, v) => s with { IsLocal = v });
        }
    }

    /// <inheritdoc cref="DualEncoderOptions.Of"/>
    public static new ContrastiveOptions Of(Recipe recipe) => recipe.OptionsOf<ContrastiveOptions>();

    /// <inheritdoc />
    public override DualEncoderConfig ModelConfig(int vocabularySize)
    {
        DualEncoderConfig config = base.ModelConfig(vocabularySize);
        return IsSigmoid ? config with { InitialLogitScale = Math.Log(InitialScale), InitialLogitBias = InitialBias } : config;
    }
}
