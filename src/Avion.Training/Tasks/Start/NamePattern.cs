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
}
