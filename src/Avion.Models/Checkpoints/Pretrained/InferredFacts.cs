namespace Avion.Models;

/// <summary>What is known of weights that do not describe their model: by their shapes, their family and the run options beside
/// them.</summary>
internal static class InferredFacts
{
    // As AVION names the pixels' normalization; its 'openai' has the mean of LaViLa.
    private const string NormStyleKey = "args.norm_style";

    public static IReadOnlyList<ModelFact> Of(WeightSet weights, IReadOnlyDictionary<string, string> metadata)
    {
        // Heads are told or not below; any number does here.
        ConversionOptions options = new()
        {
            HeadCount = 1, TextHeadCount = 1, DecoderHeadCount = 1, Normalization = NormalizationOf(metadata),
        };
        List<ModelFact> facts = [];
        try
        {
            if (ArchitectureInference.Of(weights, options) is { } whole)
            {
                facts.AddRange(ModelFacts.Of(whole));
            }
            else
            {
                string pixels = ModelFacts.Of(options.Normalization ?? ArchitectureInference.UsualNormalization(weights));
                facts.AddRange(ArchitectureInference.Vision(weights, options) is { } vision
                    ? [ModelFacts.Clip, .. ModelFacts.Of(vision, pixels)] : []);
                facts.AddRange(ArchitectureInference.Text(weights, options) is { } text ? ModelFacts.Of(text) : []);
            }
        }
        catch (ArgumentException)
        {
            // Shapes that no model has: what does not fit is told tensor by tensor.
            return [];
        }

        bool hasTime = weights.Find("visual.temporal_embedding") is not null, knowsPixels = metadata.ContainsKey(NormStyleKey);
        return
        [
            .. from fact in facts
               where fact.Name is not ("frames" or "image_size" or "tubelet_frames") && (hasTime || fact.Name != "vision.frames")
               select WithSource(fact, weights, facts, knowsPixels),
        ];
    }

    private static PixelNormalization? NormalizationOf(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(NormStyleKey) switch
        {
            "openai" => PixelNormalization.LaviLaLegacy,
            "timm" => PixelNormalization.ImageNet,
            _ => null,
        };

    private static ModelFact WithSource(ModelFact fact, WeightSet weights, List<ModelFact> facts, bool knowsPixels)
    {
        string last = fact.Name[(fact.Name.LastIndexOf('.') + 1)..];
        return last switch
        {
            "heads" => WithHeads(fact, facts),
            "gelu" => fact with { Source = weights.IsCertain ? FactSource.Family : FactSource.Assumed },
            "pixel_normalization" => fact with
            {
                Source = knowsPixels ? FactSource.Described : weights.IsCertain ? FactSource.Family : FactSource.Assumed,
            },
            "norm_epsilon" or "pooling" or "causal" => fact with { Source = FactSource.Family },
            _ => fact with { Source = FactSource.Shapes },
        };
    }

    private static ModelFact WithHeads(ModelFact fact, List<ModelFact> facts)
    {
        string part = fact.Name[..^"heads".Length];
        int width = int.Parse(facts.First(other => other.Name == part + "width").Value, CultureInfo.InvariantCulture);
        return ArchitectureInference.UsualHeadCount(width, part == "text.") is { } usual
            ? fact with { Value = usual.ToString(CultureInfo.InvariantCulture), Source = FactSource.Assumed }
            : fact with { Value = "unknown", Source = FactSource.Unknown };
    }
}
