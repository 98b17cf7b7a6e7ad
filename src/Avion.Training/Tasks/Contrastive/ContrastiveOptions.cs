namespace Avion.Training;

/// <summary>What contrastive training adds to a recipe.</summary>
public sealed record ContrastiveOptions : DualEncoderOptions
{
    internal static IEnumerable<RecipeKey> Keys => KeysOf<ContrastiveOptions>();
}
