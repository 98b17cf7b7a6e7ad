namespace Avion.Cli;

/// <summary>`--text TEXT`: a text on the command line.</summary>
internal static class TextOption
{
    public static Option<string[]> Create() => new("--text") { Description = "A text; may be given several times." };

    /// <summary>A file of texts, by the name that a command has for it.</summary>
    public static Option<string?> CreateForFile(string name) => new(name) { Description = "File with a text on each line." };
}
