using System.Security.Cryptography;

namespace Avion.Files;

/// <summary>Size and SHA-256 of a file, by which damage is noticed.</summary>
public sealed record FileDigest(long Bytes, string Sha256)
{
    /// <summary>Reads a file through.</summary>
    /// <exception cref="IOException">It is no ordinary file, or cannot be read.</exception>
    public static FileDigest Of(string path)
    {
        using FileStream stream = RegularFile.OpenStream(path, 1 << 20);
        return new FileDigest(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
