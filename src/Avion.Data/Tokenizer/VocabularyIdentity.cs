using System.Security.Cryptography;

namespace Avion.Data;

/// <summary>Tells vocabularies apart: by the number of their tokens and a digest of their merges.</summary>
/// <param name="Size">V, tokens.</param>
/// <param name="Digest">First half of the SHA-256 of the merges, in hexadecimal.</param>
public sealed record VocabularyIdentity(int Size, string Digest)
{
    private const string Prefix = "bpe-";
    private const int DigestLetters = 32;

    /// <summary>That of the vocabulary that merges make.</summary>
    public static VocabularyIdentity Of(IReadOnlyList<(string Left, string Right)> merges)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string left, string right) in merges)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{left} {right}\n"));
        }

        return new VocabularyIdentity(BytePairVocabulary.SizeOf(merges.Count),
            Convert.ToHexStringLower(hash.GetHashAndReset())[..DigestLetters]);
    }

    /// <summary>From the form in which files carry it; null for a text of another form.</summary>
    public static VocabularyIdentity? TryParse(string? text) =>
        text is not null && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text[Prefix.Length..].Split('-') is [string size, string digest]
        && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? new VocabularyIdentity(count, digest)
            : null;

    /// <summary>The form in which files carry it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Size}-{Digest}");
}
