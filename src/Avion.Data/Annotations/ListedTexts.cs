namespace Avion.Data;

/// <summary>Texts that somebody lists in a file, one on each line: labels, templates, queries, names of classes.</summary>
/// <remarks>
/// One rule for all of them. UTF-8, with or without a byte order mark. Blanks around a text are no part of it. Empty lines are passed over,
/// and comments: lines of # alone, or of # and a blank. <c>#C C opens a drawer</c> is a text, as Ego4D's narrations begin.
/// </remarks>
/// <param name="Path">The file.</param>
/// <param name="Texts">The texts, in their order.</param>
/// <param name="Lines">Line of each, from 1.</param>
/// <param name="Notes">What is passed over, comments aside, as sentences.</param>
public sealed record ListedTexts(string Path, IReadOnlyList<string> Texts, IReadOnlyList<int> Lines, IReadOnlyList<string> Notes)
{
    private const int NotedLines = 5;

    /// <summary>Reads a list.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What a text is, such as <c>label</c>, for messages.</param>
    /// <param name="meaningOf">What texts have in common that say the same, in whatever capitals: those after the first are passed over.
    /// Null keeps all.</param>
    /// <exception cref="DataException">The file is missing, is not UTF-8, or lists nothing.</exception>
    public static ListedTexts Read(string path, string what, Func<string, string>? meaningOf = null)
    {
        List<string> texts = [], notes = [];
        List<int> numbers = [], empty = [];
        Dictionary<string, int> seen = new(StringComparer.OrdinalIgnoreCase);
        using TextLines lines = new(path);
        while (lines.Read())
        {
            string text = AnnotationText.Decode(path, $"line {lines.Number}", $"'{what}'", lines.Current).Trim();
            if (text.Length == 0)
            {
                empty.Add(lines.Number);
            }
            else if (IsComment(text))
            {
                continue;
            }
            else if (meaningOf is not null && !seen.TryAdd(meaningOf(text), lines.Number))
            {
                notes.Add($"'{path}', line {lines.Number}: '{text}' stands on line {seen[meaningOf(text)]} already; passed over.");
            }
            else
            {
                texts.Add(text);
                numbers.Add(lines.Number);
            }
        }

        if (empty.Count > 0)
        {
            notes.Add($"'{path}': {(empty.Count == 1 ? "line" : "lines")} "
                + $"{string.Join(", ", empty.Take(NotedLines))}{(empty.Count > NotedLines ? " …" : "")} "
                + $"{(empty.Count == 1 ? "is" : "are")} empty; passed over.");
        }

        return texts.Count > 0 ? new ListedTexts(path, texts, numbers, notes)
            : throw new DataException($"'{path}' has no {what}, expected one on each line.");
    }

    private static bool IsComment(string text) => text[0] == '#' && (text.Length == 1 || char.IsWhiteSpace(text[1]));
}
