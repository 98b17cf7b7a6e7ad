namespace Avion.Models;

/// <summary>Something in a file that is no weight that Avion reads, and was passed over.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Reason">What it is.</param>
public sealed record SkippedMember(string Name, string Reason)
{
    private const int Listed = 6;

    /// <summary>The first of them and how many there are, for a message.</summary>
    public static string Describe(IReadOnlyList<SkippedMember> members) => string.Join(", ", members.Take(Listed))
        + (members.Count > Listed ? $" and {members.Count - Listed} more" : "");

    /// <inheritdoc />
    public override string ToString() => $"{Name} ({Reason})";
}
