using System;
using System.IO;

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

        throw new CheckpointException(path, "it is not a safetensors file", "Expected '.safetensors'.");
    }

    private static int ReadStart(string path, Span<byte> start)
    {
        using FileStream stream = File.OpenRead(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
    }
}
