using System.Text.RegularExpressions;

namespace Avion.Cli;

/// <summary>What a run's log keeps of where it came from: the command line and the machine.</summary>
internal static partial class RunOrigin
{
    /// <summary>Labels for <see cref="TrainingOptions.Origin"/>.</summary>
    public static IReadOnlyList<Label> Of(ParseResult parsed) =>
        [new(RunLogLabels.Command, CommandLine(parsed)), new(RunLogLabels.Machine, Processor.Describe())];

    /// <summary>The command line as a shell takes it.</summary>
    internal static string CommandLine(ParseResult parsed) =>
        string.Join(' ', parsed.Tokens.Select(token => Quoted(token.Value)).Prepend("avion"));

    private static string Quoted(string word) => Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9_./:=,@%+-]+$")]
    private static partial Regex Plain();
}
