namespace Avion.Models.Tests;

/// <summary>Damaged copies of a file of tensors: each is refused, or read to its end, and nothing else happens.</summary>
internal static class MutatedFiles
{
    /// <summary>Changes up to so many bytes of a copy at random.</summary>
    public static byte[] Change(byte[] file, int changes, Random random)
    {
        byte[] mutated = [.. file];
        for (; changes > 0 && mutated.Length > 0; changes--)
        {
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
        }

        return mutated;
    }

    /// <summary>Writes the bytes and reads every tensor; anything but a <see cref="CheckpointException"/> fails the test.</summary>
    public static void ReadAll(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        try
        {
            using TensorArchive opened = TensorArchive.Open(path);
            foreach (TensorEntry entry in opened.Entries)
            {
                opened.ReadAll(entry);
            }
        }
        catch (CheckpointException)
        {
            // The one way to say no.
        }
    }
}
