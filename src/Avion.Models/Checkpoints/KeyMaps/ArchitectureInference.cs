using System;
using System.Globalization;
using System.Linq;
using Avion.Compute;

namespace Avion.Models;

/// <summary>Finds out from shapes what dual encoder a set of weights belongs to.</summary>
/// <remarks>
/// Sizes stand in the shapes, except the number of heads, which is the width over 64 in all published models. What shapes cannot tell
/// is known of the family: OpenAI's weights have the quick GELU and 1e-5 in all norms, AVION's the exact GELU and 1e-6 in the vision tower.
/// </remarks>
internal static class ArchitectureInference
{
    private const int HeadSize = 64;

    /// <summary>The architecture, or null if the weights are not those of a whole dual encoder.</summary>
    public static ModelArchitecture? DualEncoder(WeightSet weights, GeluKind? stated, PixelNormalization? normalization)
    {
        if (weights.Find("visual.conv1.weight") is not { } patches || weights.Find("visual.positional_embedding") is not { } positions
            || weights.Find("textual.positional_embedding") is not { } context || weights.Find("textual.token_embedding.weight") is not { } tokens
            || weights.Find("visual.image_projection") is not { } projection)
        {
            return null;
        }

        bool isOwn = weights.Family is WeightFamily.Avion or WeightFamily.AvionPlain or WeightFamily.LaviLa;
        GeluKind gelu = stated ?? (weights.Family == WeightFamily.OpenAi ? GeluKind.Quick : GeluKind.Erf);
        int width = Extent(patches, 0), patch = Root(Extent(patches, 1) / 3), grid = Root(Extent(positions, 0) - 1);
        int textWidth = Extent(tokens, 1);
        WeightTensor? time = weights.Find("visual.temporal_embedding");
        DualEncoderConfig config = new()
        {
            EmbeddingSize = Extent(projection, 1),
            Vision = new VisionConfig
            {
                ImageSize = grid * patch, PatchSize = patch, FrameCount = time is null ? 1 : Extent(time, 0), Width = width,
                LayerCount = Layers(weights, "visual.transformer.resblocks."), HeadCount = Math.Max(1, width / HeadSize), Gelu = gelu,
                LayerNormEpsilon = isOwn ? 1e-6f : 1e-5f,
            },
            Text = new TextConfig
            {
                ContextLength = Extent(context, 0), VocabularySize = Extent(tokens, 0), Width = textWidth,
                LayerCount = Layers(weights, "textual.transformer.resblocks."), HeadCount = Math.Max(1, textWidth / HeadSize), Gelu = gelu,
            },
        };
        config.Validate();
        return new ModelArchitecture
        {
            DualEncoder = config, Normalization = normalization ?? (isOwn ? PixelNormalization.LaviLaLegacy : PixelNormalization.OpenAi),
        };
    }

    private static int Extent(WeightTensor tensor, int dimension) => tensor.Entry.Extents.Length > dimension
        ? checked((int)tensor.Entry.Extents[dimension])
        : throw new ArgumentException($"Tensor '{tensor.Name}' has shape {tensor.Entry.ShapeText}; expected at least {dimension + 1} dimensions.");

    private static int Root(int area) => (int)Math.Round(Math.Sqrt(area));

    private static int Layers(WeightSet weights, string prefix) => weights.Tensors
        .Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(tensor => tensor.Name[prefix.Length..].Split('.')[0])
        .Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer + 1 : 0)
        .DefaultIfEmpty(0).Max();
}
