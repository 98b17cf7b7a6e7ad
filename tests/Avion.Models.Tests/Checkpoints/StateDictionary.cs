namespace Avion.Models.Tests;

/// <summary>Makes files as other programs write them: tensors alone, without what Avion tells beside them.</summary>
internal static class StateDictionary
{
    /// <summary>Copies the tensors of a file into a PyTorch file without a description.</summary>
    /// <param name="input">Any file of tensors.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="layout">What stands around them; null for nothing.</param>
    /// <param name="prefix">What stands before all names.</param>
    /// <param name="more">Scalars among the tensors, such as buffers.</param>
    public static void Repack(string input, string output, TorchFileLayout? layout = null, string prefix = "", params string[] more)
    {
        using TensorArchive archive = TensorArchive.Open(input);
        List<(TensorEntry Entry, byte[] Bytes)> tensors = [];
        foreach (TensorEntry entry in archive.Entries)
        {
            byte[] bytes = new byte[entry.ByteCount];
            archive.ReadBytes(entry, 0, bytes);
            tensors.Add((new TensorEntry(prefix + entry.Name, entry.Type, entry.Extents), bytes));
        }

        tensors.AddRange(more.Select(name => (new TensorEntry(name, ElementType.Int64, []), BitConverter.GetBytes(1L))));
        Write(output, tensors, layout);
    }

    /// <summary>Writes tensors into a PyTorch file.</summary>
    public static void Write(string output, IReadOnlyList<(TensorEntry Entry, byte[] Bytes)> tensors, TorchFileLayout? layout = null)
    {
        using TorchFileWriter writer = new(output, [.. tensors.Select(tensor => tensor.Entry)], layout ?? new TorchFileLayout());
        foreach ((TensorEntry entry, byte[] bytes) in tensors)
        {
            writer.Write(entry, bytes);
        }

        writer.Complete();
    }
}
