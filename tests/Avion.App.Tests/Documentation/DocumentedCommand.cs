using System.Text.RegularExpressions;

namespace Avion.App.Tests;

/// <summary>One command line of the program that a document shows to its reader.</summary>
/// <param name="Document">Path of the document below the repository.</param>
/// <param name="Line">Line number.</param>
/// <param name="Arguments">What follows the program's name.</param>
/// <param name="IsRunnable">Whether it stands in a block marked <c>sh</c>: any machine can run it as it is.</param>
public sealed record DocumentedCommand(string Document, int Line, string[] Arguments, bool IsRunnable)
{
    private static readonly Regex s_command = new(@"^\s*(?:#\s*Command\s+)?(?:\$ )?(?:\./)?avion\s+(\S.*)$");

    /// <summary>All command lines in blocks of the documents and in the heads of the recipes.</summary>
    public static IReadOnlyList<DocumentedCommand> All { get; } =
    [
        .. new[] { "README.md", "CONTRIBUTING.md" }.Concat(Below("docs", "*.md")).Concat(Below("samples", "*.md")).SelectMany(InDocument),
        .. Below("recipes", "*.yaml").SelectMany(InRecipe),
    ];

    /// <summary>For messages.</summary>
    public override string ToString() => $"{Document}:{Line}: avion {string.Join(' ', Arguments)}";

    private static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.EnumerateFiles(Repository.Path(folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal);

    private static IEnumerable<DocumentedCommand> InDocument(string document)
    {
        string? block = null;
        int number = 0;
        foreach (string line in File.ReadLines(Repository.Path(document)))
        {
            number++;
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                block = block is null ? line.Trim()[3..] : null;
            }
            else if (block is not null && Parse(line) is { } arguments)
            {
                yield return new DocumentedCommand(document, number, arguments, block == "sh");
            }
        }
    }

    private static IEnumerable<DocumentedCommand> InRecipe(string recipe) => File.ReadLines(Repository.Path(recipe))
        .Select((line, index) =>
            (Arguments: line.StartsWith("# Command", StringComparison.Ordinal) ? Parse(line) : null, Number: index + 1))
        .Where(found => found.Arguments is not null)
        .Select(found => new DocumentedCommand(recipe, found.Number, found.Arguments!, IsRunnable: false));

    private static string[]? Parse(string line)
    {
        Match match = s_command.Match(line);
        if (!match.Success)
        {
            return null;
        }

        // Two spaces or a comment sign end the command: what follows explains it to the reader.
        string command = Regex.Split(match.Groups[1].Value, @"\s{2,}|\s#")[0];
        return command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
