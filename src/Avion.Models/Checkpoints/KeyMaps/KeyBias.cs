namespace Avion.Models;

/// <summary>Biases of attention, which the original VideoMAE has for queries and values alone, and Avion for keys too.</summary>
/// <remarks>
/// The bias of keys adds the same to all scores of a query, which no softmax sees: no output depends on it. So that a file is the same to
/// the last bit on the way back, it goes along beside the weights where it is not zero.
/// </remarks>
internal static class KeyBias
{
    private const string Query = ".attn.q_bias", Value = ".attn.v_bias", Fused = ".attn.Wqkv.bias", MetadataPrefix = "avion.key_bias.";

    /// <summary>Puts the biases of queries and values together, with those of keys that stand beside the weights, or zeros.</summary>
    public static void Fuse(List<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        for (int i = 0; i < tensors.Count; i++)
        {
            WeightTensor query = tensors[i];
            string block = query.Name.EndsWith(Query, StringComparison.Ordinal) ? query.Name[..^Query.Length] : "";
            WeightTensor? value = block.Length == 0 ? null : tensors.Find(tensor => tensor.Name == block + Value);
            if (value is not null && value.Entry.Type == query.Entry.Type && value.Entry.ElementCount == query.Entry.ElementCount)
            {
                byte[] bytes = [.. query.ReadAll(), .. KeysOf(block, query, metadata), .. value.ReadAll()];
                tensors[i] = WeightTensor.Of(block + Fused, query.Entry.Type, [3 * query.Entry.ElementCount], bytes);
                tensors.Remove(value);
            }
        }
    }

    /// <summary>The biases of queries and of values.</summary>
    public static WeightTensor[] Split(WeightTensor tensor)
    {
        if (!tensor.Name.EndsWith(Fused, StringComparison.Ordinal))
        {
            return [tensor];
        }

        byte[] bytes = tensor.ReadAll();
        string block = tensor.Name[..^Fused.Length];
        int part = bytes.Length / 3;
        long count = tensor.Entry.ElementCount / 3;
        return
        [
            WeightTensor.Of(block + Query, tensor.Entry.Type, [count], bytes[..part]),
            WeightTensor.Of(block + Value, tensor.Entry.Type, [count], bytes[(2 * part)..]),
        ];
    }

    /// <summary>The biases of keys that <see cref="Split"/> leaves out and that are not zero, as texts beside the weights.</summary>
    public static IEnumerable<(string Key, string Text)> Texts(IEnumerable<WeightTensor> tensors)
    {
        foreach (WeightTensor tensor in tensors)
        {
            if (tensor.Name.EndsWith(Fused, StringComparison.Ordinal))
            {
                byte[] bytes = tensor.ReadAll();
                int part = bytes.Length / 3;
                if (bytes.AsSpan(part, part).ContainsAnyExcept((byte)0))
                {
                    yield return (MetadataPrefix + tensor.Name[..^Fused.Length], Convert.ToBase64String(bytes, part, part));
                }
            }
        }
    }

    private static byte[] KeysOf(string block, WeightTensor query, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] keys = new byte[query.Entry.ByteCount];
        return metadata.TryGetValue(MetadataPrefix + block, out string? text) && Convert.TryFromBase64String(text, keys, out int count)
            && count == keys.Length ? keys : new byte[query.Entry.ByteCount];
    }
}
