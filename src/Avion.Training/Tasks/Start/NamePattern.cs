namespace Avion.Training;

/// <summary>Names with <c>*</c> for any letters, such as <c>visual.*</c>.</summary>
internal static class NamePattern
{
    /// <summary>Whether a whole name is as a pattern says.</summary>
    public static bool Matches(string pattern, string name)
    {
        string[] parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return pattern == name;
        }

        // The first of all places will do for each part: what is left to the next ones is then longest.
        string first = parts[0], last = parts[^1];
        if (name.Length < first.Length + last.Length || !name.StartsWith(first, StringComparison.Ordinal)
            || !name.EndsWith(last, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> middle = name.AsSpan(first.Length, name.Length - first.Length - last.Length);
        foreach (string part in parts[1..^1])
        {
            int place = middle.IndexOf(part, StringComparison.Ordinal);
            if (place < 0)
            {
                return false;
            }

            middle = middle[(place + part.Length)..];
        }

        return true;
    }

    /// <summary>The patterns that none of some names is as, each in a sentence with the names nearest to it.</summary>
    /// <param name="key">The key that has them.</param>
    /// <param name="patterns">Patterns.</param>
    /// <param name="names">Names of parameters.</param>
    public static IEnumerable<string> Unmatched(string key, IEnumerable<string> patterns, IReadOnlyCollection<string> names)
    {
        const int MostNames = 3;
        foreach (string pattern in patterns.Where(pattern => !names.Any(name => Matches(pattern, name))))
        {
            string[] nearest = [.. names.OrderBy(name => EditsToMatch(pattern, name)).Take(MostNames).Select(name => $"'{name}'")];
            yield return $"{key} has '{pattern}', which no parameter of the model is named like. The nearest names are "
                + $"{string.Join(", ", nearest)}; * stands for anything.";
        }
    }

    /// <summary>How many letters of a pattern or a name have to be inserted, removed or replaced until they match.</summary>
    private static int EditsToMatch(string pattern, string name)
    {
        int[] row = [.. Enumerable.Range(0, name.Length + 1)];
        foreach (char letter in pattern)
        {
            bool isAny = letter == '*';
            (int diagonal, row[0]) = (row[0], row[0] + (isAny ? 0 : 1));
            for (int end = 1; end <= name.Length; end++)
            {
                int above = row[end];
                row[end] = isAny
                    ? Math.Min(above, row[end - 1])
                    : Math.Min(diagonal + (letter == name[end - 1] ? 0 : 1), Math.Min(above, row[end - 1]) + 1);
                diagonal = above;
            }
        }

        return row[name.Length];
    }
}
