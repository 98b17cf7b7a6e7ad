namespace Avion.Training;

/// <summary>What contrastive training adds to a recipe: which loss, and how ranks share it.</summary>
public sealed record ContrastiveOptions : DualEncoderOptions
{
    private const string Softmax = "softmax", Sigmoid = "sigmoid";

    /// <summary>First values of the sigmoid loss as published: a factor of 10, and as many pairs that belong together as e⁻¹⁰ says.</summary>
    private const double SigmoidLogitBias = -10;
    private static readonly double s_sigmoidLogitScale = Math.Log(10);

    public string Loss { get; init; } = Softmax;

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
            yield return loss.Choice("kind", "softmax: each clip finds its caption among all of the batch, and each caption its clip; sigmoid: "
                + "every pair is told apart on its own, which begins with a scale of 10 and a bias of -10.", [Softmax, Sigmoid],
                s => s.Loss, (s, v) => s with { Loss = v });
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
        return IsSigmoid ? config with { InitialLogitScale = s_sigmoidLogitScale, InitialLogitBias = SigmoidLogitBias } : config;
    }
}
