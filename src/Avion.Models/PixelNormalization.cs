namespace Avion.Models;

/// <summary>How bytes of pixels become the numbers that a model was trained on: (pixel - mean) / deviation, a channel each.</summary>
/// <remarks>On the scale 0 to 255. It travels inside checkpoints, for weights trained under one fit no other.</remarks>
public sealed record PixelNormalization
{
    /// <summary>The name of a known set, or "custom".</summary>
    public required string Name { get; init; }

    /// <summary>Mean of red, green and blue.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Standard deviation of red, green and blue.</summary>
    public required IReadOnlyList<float> Deviation { get; init; }

    /// <summary>OpenAI's: 0.48145466, 0.4578275, 0.40821073 and 0.26862954, 0.26130258, 0.27577711, times 255.</summary>
    public static PixelNormalization OpenAi { get; } =
        Of("openai", [122.7709383f, 116.7460125f, 104.0937362f], [68.5005327f, 66.6321579f, 70.3231630f]);

    /// <summary>LaViLa's and AVION's: OpenAI's with another mean of red, under which their weights were trained.</summary>
    public static PixelNormalization LaviLaLegacy { get; } =
        Of("lavila-legacy", [108.3272985f, 116.7460125f, 104.09373615f], [68.5005327f, 66.6321579f, 70.32316305f]);

    /// <summary>ImageNet's: 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225, times 255.</summary>
    public static PixelNormalization ImageNet { get; } =
        Of("imagenet", [123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f]);

    /// <summary>All sets that have a name.</summary>
    public static IReadOnlyList<PixelNormalization> Known { get; } = [OpenAi, LaviLaLegacy, ImageNet];

    /// <summary>As kernels take it.</summary>
    public VideoNormalization ForVideo => new(Mean[0], Mean[1], Mean[2], Deviation[0], Deviation[1], Deviation[2]);

    /// <summary>The set of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PixelNormalization Get(string name)
    {
        foreach (PixelNormalization known in Known)
        {
            if (known.Name == name)
            {
                return known;
            }
        }

        throw new ArgumentException($"There is no pixel normalization named '{name}'. Known: openai, lavila-legacy, imagenet.");
    }

    /// <summary>Checks that there are three means and three positive deviations.</summary>
    /// <exception cref="ArgumentException">There are not.</exception>
    public void Validate()
    {
        bool isValid = Mean.Count == 3 && Deviation.Count == 3;
        for (int channel = 0; isValid && channel < 3; channel++)
        {
            isValid = float.IsFinite(Mean[channel]) && float.IsFinite(Deviation[channel]) && Deviation[channel] > 0;
        }

        if (!isValid)
        {
            throw new ArgumentException($"Pixel normalization '{Name}' must have three finite means and three positive deviations.");
        }
    }

    private static PixelNormalization Of(string name, float[] mean, float[] deviation) =>
        new() { Name = name, Mean = mean, Deviation = deviation };
}
