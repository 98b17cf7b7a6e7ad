namespace Avion.Training;

/// <summary>How clips of a batch are mixed in training (keys <c>train.mixing.*</c>).</summary>
/// <remarks>As timm's Mixup, of which the reference takes mixup 0.8, cutmix 1, probability 1, switch_probability 0.5, per batch.</remarks>
public sealed record MixingOptions
{
    public double Mixup { get; init; }

    public double CutMix { get; init; }

    public double CutMixMinimum { get; init; }

    public double CutMixMaximum { get; init; }

    public double Probability { get; init; } = 1;

    public double SwitchProbability { get; init; } = 0.5;

    /// <summary>One of <see cref="PerWords"/>.</summary>
    public string Per { get; init; } = PerWords[0];

    /// <summary>Whether clips are mixed at all.</summary>
    public bool IsOn => (Mixup > 0 || Cuts) && Probability > 0;

    /// <summary>Whether boxes are cut.</summary>
    internal bool Cuts => CutMix > 0 || CutMixMaximum > 0;

    internal static string[] PerWords { get; } = ["batch", "pair", "clip"];

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<MixingOptions> mixing)
    {
        yield return mixing.Number("mixup", "Mixup: both parameters of the beta distribution of a clip's own share; 0: no mixup.",
            NumberRange.Between(0, 1000), s => s.Mixup, (s, v) => s with { Mixup = v });
        yield return mixing.Number("cutmix", "CutMix: both parameters of the beta distribution of a clip's own share of the frame; 0: no "
            + "CutMix.", NumberRange.Between(0, 1000), s => s.CutMix, (s, v) => s with { CutMix = v });
        yield return mixing.Number("cutmix_minimum", "Smallest side of a CutMix box as a share of the frame's, where "
            + "train.mixing.cutmix_maximum is given.", NumberRange.Between(0, 1),
            s => s.CutMixMinimum, (s, v) => s with { CutMixMinimum = v });
        yield return mixing.Number("cutmix_maximum", "Largest side of a CutMix box as a share of the frame's; sides are then uniform "
            + "between the two, and train.mixing.cutmix is not used; 0: sides follow the share.", NumberRange.Between(0, 1),
            s => s.CutMixMaximum, (s, v) => s with { CutMixMaximum = v });
        yield return mixing.Number("probability", "Chance of a batch, pair or clip to be mixed.", NumberRange.Between(0, 1),
            s => s.Probability, (s, v) => s with { Probability = v });
        yield return mixing.Number("switch_probability", "Chance of CutMix rather than mixup, where both are on.",
            NumberRange.Between(0, 1), s => s.SwitchProbability, (s, v) => s with { SwitchProbability = v });
        yield return mixing.Choice("per", "What is drawn once: whether, how and in which shares the clips of a batch, of a pair, "
            + "or each clip is mixed.", PerWords, s => s.Per, (s, v) => s with { Per = v });
    }

    internal IEnumerable<string> Contradictions()
    {
        if (CutMixMaximum > 0 && CutMixMinimum > CutMixMaximum)
        {
            yield return $"train.mixing.cutmix_minimum is {RecipeText.Of(CutMixMinimum)}, expected at most train.mixing.cutmix_maximum "
                + $"{RecipeText.Of(CutMixMaximum)}.";
        }
    }
}
