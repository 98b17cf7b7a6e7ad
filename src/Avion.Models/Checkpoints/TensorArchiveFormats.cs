namespace Avion.Models;

/// <summary>Tells the formats of tensor files apart by their first bytes, for names end in anything.</summary>
internal static class TensorArchiveFormats
{
    public static TensorArchive Open(string path)
    {
        Span<byte> start = stackalloc byte[9];
        int length = ReadStart(path, start);
        if (length == start.Length && start[8] == (byte)'{')
        {
            return new SafetensorsFile(path);
        }

        // A zip file, or a pickle of protocol 2 and up, which begins with its version.
        if ((length >= 2 && start[0] == 'P' && start[1] == 'K') || (length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5))
        {
            return new TorchFile(path);
        }

        throw new CheckpointException(
            path, "it is neither a safetensors file nor one of torch.save", "Name a file of weights, a checkpoint or a run.");
    }

    private static int ReadStart(string path, Span<byte> start)
    {
        using FileStream stream = RegularFile.OpenStream(path, bufferBytes: 0);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
    }
}
