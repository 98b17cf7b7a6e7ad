using System.Security.Cryptography;

namespace Avion.Data;

/// <summary>What a set of clips says, as SHA-256 in hexadecimal: equal for the same clips in the same order, wherever they are read
/// from.</summary>
/// <param name="Videos">Names of the videos, and which clips have one.</param>
/// <param name="Times">Where each clip begins and ends.</param>
/// <param name="Labels">Numbers of the classes.</param>
/// <param name="Captions">Texts, the clips that they belong to, and their weights.</param>
public sealed record ClipSetDigest(string Videos, string Times, string Labels, string Captions)
{
    /// <summary>The digest of several sets, one after the other.</summary>
    public static ClipSetDigest Join(IReadOnlyList<ClipSetDigest> sets)
    {
        return new ClipSetDigest(Of(set => set.Videos), Of(set => set.Times), Of(set => set.Labels), Of(set => set.Captions));

        string Of(Func<ClipSetDigest, string> part) =>
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', sets.Select(part)))));
    }

    /// <summary>What another set says otherwise, in words; empty where both say the same.</summary>
    public IReadOnlyList<string> DifferencesTo(ClipSetDigest other)
    {
        (string Name, string Own, string Others)[] parts =
        [
            ("videos", Videos, other.Videos), ("times", Times, other.Times), ("labels", Labels, other.Labels),
            ("captions", Captions, other.Captions),
        ];
        return [.. parts.Where(part => part.Own != part.Others).Select(part => part.Name)];
    }
}
