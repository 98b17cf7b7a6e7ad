using System.Security.Cryptography;

namespace Avion.Files;

/// <summary>Size and SHA-256 of a file, by which damage is noticed.</summary>
public sealed record FileDigest(long Bytes, string Sha256)
{
    /// <summary>Reads a file through.</summary>
    public static FileDigest Of(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return new FileDigest(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
