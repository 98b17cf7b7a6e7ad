namespace Avion.Training;

/// <summary>One of the things that a model says of a clip.</summary>
/// <param name="Name"><c>embedding</c>, <c>features</c>, or the name of a head.</param>
/// <param name="Size">Numbers of a clip.</param>
/// <param name="IsUnit">Whether they have length one, as embeddings do.</param>
public sealed record FeatureOutput(string Name, int Size, bool IsUnit = false)
{
    /// <summary>Names of the files that hold matrices of outputs, in their order: <c>clips.npy</c> of vectors, else the names of the heads,
    /// in which what a name of a file should not hold is an underscore. No two are the same.</summary>
    public static string[] FilesOf(IReadOnlyList<FeatureOutput> outputs)
    {
        const string ending = ".npy";
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        return [.. outputs.Select(output =>
        {
            string plain = output.IsUnit ? "clips" : string.Concat(output.Name.Select((letter, at) => IsPlain(letter, at) ? letter : '_')),
                own = plain;
            for (int number = 2; !taken.Add(own); number++)
            {
                own = string.Create(CultureInfo.InvariantCulture, $"{plain}_{number}");
            }

            return own + ending;
        })];
    }

    private static bool IsPlain(char letter, int at) =>
        char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' || (letter == '.' && at > 0);
}
