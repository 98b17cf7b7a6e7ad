namespace Avion.Cli;

/// <summary>The `--json` switch that commands with a result share: one JSON document on standard output instead of a table.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json") { Description = "Write the result to standard output as JSON." };
}
