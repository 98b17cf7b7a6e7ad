namespace Avion.Models;

/// <summary>Starts a model from weights of another run or another program: any family, other
/// numbers of frames, other frame sizes.</summary>
/// <remarks>
/// Names and shapes are translated (<see cref="WeightFamily"/>). The time embedding of another number of frames and the positions of
/// another frame size are resized (<see cref="EmbeddingResize"/>); a shorter or longer context is cut or continued with zeros. Tensors
/// of yet other shapes, such as a head of other classes, are left as the model has them and reported.
/// </remarks>
public static class PretrainedWeights
{
    /// <summary>Fills what fits.</summary>
    /// <param name="path">safetensors or PyTorch.</param>
    /// <param name="model">What to fill.</param>
    /// <param name="family">The family of the file; null to know it by its names.</param>
    /// <param name="skip">Parameters that keep the model's own values, such as the projections.</param>
    /// <returns>Names of parameters that keep their values, and of tensors that have no place.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or nothing in it fits.</exception>
    public static PretrainedReport Load(string path, Model model, WeightFamily? family = null, Func<string, bool>? skip = null)
    {
        using TensorArchive archive = TensorArchive.Open(path);
        WeightSet weights = WeightSet.From(archive, family);
        bool isPlainMae = model.Parameters.Parameters.Any(parameter => parameter.Name.EndsWith("attn.q_bias", StringComparison.Ordinal));
        bool isPlainClip = model.Parameters.Parameters.Any(parameter =>
            parameter.Name.StartsWith("visual.", StringComparison.Ordinal)
                && parameter.Name.EndsWith("attn.in_proj_weight", StringComparison.Ordinal));
        Dictionary<string, WeightTensor> byName =
            weights.In(isPlainMae ? WeightFamily.VideoMae : isPlainClip ? WeightFamily.AvionPlain : WeightFamily.Avion)
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        List<string> kept = [], resized = [];
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            WeightTensor? tensor = Find(byName, parameter.Name);
            float[]? values = tensor is null || skip?.Invoke(parameter.Name) == true ? null : Fit(tensor, parameter, resized);
            if (values is null)
            {
                kept.Add(parameter.Name);
                continue;
            }

            byName.Remove(tensor!.Name);
            model.Device.Upload(values, parameter.Master);
        }

        if (kept.Count == model.Parameters.Parameters.Count)
        {
            throw new CheckpointException(path, $"none of its tensors fits the model; the first is '{archive.Entries[0].Name}'");
        }

        model.Parameters.RefreshValues();
        return new PretrainedReport(weights.Family, kept, resized, [.. byName.Keys]);
    }

    // A classifier over VideoMAE's encoder has no 'encoder.' in its names.
    private static WeightTensor? Find(Dictionary<string, WeightTensor> byName, string name) =>
        byName.TryGetValue(name, out WeightTensor? tensor) || byName.TryGetValue("encoder." + name, out tensor) ? tensor : null;

    private static float[]? Fit(WeightTensor tensor, Parameter parameter, List<string> resized)
    {
        ReadOnlySpan<long> extents = tensor.Entry.Extents;
        bool isTable = extents.Length == 2 && parameter.Shape.Rank == 2 && extents[1] == parameter.Shape[1];
        bool isSame = tensor.Entry.ElementCount == parameter.Shape.Count
            && (extents.Length == 0 ? 1 : extents[0]) == (parameter.Shape.Rank == 0 ? 1 : parameter.Shape[0]);
        if (isSame)
        {
            return Values(tensor);
        }

        if (!isTable)
        {
            return null;
        }

        int rows = (int)extents[0], width = (int)extents[1], newRows = parameter.Shape[0];
        float[]? values = parameter.Name switch
        {
            "visual.temporal_embedding" => EmbeddingResize.Time(Values(tensor), rows, width, newRows),
            "visual.positional_embedding" when IsSquare(rows - 1) && IsSquare(newRows - 1) =>
                EmbeddingResize.Space(Values(tensor), Root(rows - 1), width, Root(newRows - 1)),
            "textual.positional_embedding" or "textual.token_embedding.weight" => CutOrContinue(Values(tensor), newRows * width),
            _ => null,
        };
        if (values is not null)
        {
            resized.Add($"{parameter.Name} ({rows} to {newRows} rows)");
        }

        return values;
    }

    private static float[] CutOrContinue(float[] values, int count)
    {
        float[] result = new float[count];
        values.AsSpan(0, Math.Min(count, values.Length)).CopyTo(result);
        return result;
    }

    private static float[] Values(WeightTensor tensor)
    {
        float[] values = new float[tensor.Entry.ElementCount];
        ElementConversion.ToFloat32(tensor.Entry.Type, tensor.ReadAll(), values);
        return values;
    }

    private static int Root(int area) => (int)Math.Round(Math.Sqrt(area));

    private static bool IsSquare(int area) => Root(area) * Root(area) == area;
}

/// <summary>What became of each tensor and parameter.</summary>
/// <param name="Family">The family of the file.</param>
/// <param name="Kept">Parameters that keep the model's own values.</param>
/// <param name="Resized">Tables that were fitted to another number of rows.</param>
/// <param name="Unused">Tensors without a place in the model.</param>
public sealed record PretrainedReport(WeightFamily Family, IReadOnlyList<string> Kept, IReadOnlyList<string> Resized,
    IReadOnlyList<string> Unused);
