namespace Avion.Dashboard;

/// <summary>Reads the recipe that a run keeps, as keys and values: the form in which runs write it, nested
/// by indentation, a value a line.</summary>
internal static class RecipeText
{
    /// <summary>Keys such as <c>train.batch_size</c> with their values as written, in file order. Lines
    /// of another form are left out.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string yaml)
    {
        List<KeyValuePair<string, string>> values = [];
        Stack<(int Indent, string Path)> sections = new();
        foreach (string line in yaml.Split('\n'))
        {
            string text = line.TrimEnd();
            int indent = text.Length - text.TrimStart().Length, colon = text.IndexOf(": ", StringComparison.Ordinal);
            if (text.Length == 0 || text[indent] is '#' or '-')
            {
                continue;
            }

            while (sections.TryPeek(out (int Indent, string Path) above) && above.Indent >= indent)
            {
                sections.Pop();
            }

            string prefix = sections.TryPeek(out (int Indent, string Path) section) ? section.Path + "." : "";
            if (colon < 0 && text.EndsWith(':'))
            {
                sections.Push((indent, prefix + text[indent..^1]));
            }
            else if (colon > indent)
            {
                values.Add(new(prefix + text[indent..colon], Unquoted(text[(colon + 2)..].Trim())));
            }
        }

        return values;
    }

    private static string Unquoted(string value) => value is ['"', .. { } inside, '"'] && !inside.Contains('"') ? inside : value;
}
