using System.CommandLine.Parsing;

namespace Avion.Cli;

/// <summary>What is wrong with a command line that could not be understood, in sentences for its writer.</summary>
internal static class UsageSentence
{
    // More than two wrong letters are another word.
    private const int LargestSlip = 2;

    private static readonly (Type Type, string Name)[] s_numberTypes =
    [
        (typeof(int), "a whole number"), (typeof(int?), "a whole number"), (typeof(ulong), "a whole number that is not negative"),
        (typeof(double), "a number"), (typeof(double?), "a number"),
    ];

    public static IEnumerable<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string usage = UsageOf(parsed.CommandResult);
        if (command.Subcommands.Count > 0)
        {
            yield return parsed.UnmatchedTokens is [string word, ..] && !word.StartsWith('-')
                ? $"There is no command '{usage} {word}'.{Nearest(word, command.Subcommands.Select(each => each.Name), $"{usage} ")}"
                : parsed.UnmatchedTokens is [string option, ..] ? $"'{usage}' has no option '{option}'."
                : $"'{usage}' needs a command: {string.Join(", ", command.Subcommands.Select(each => each.Name))}.";
        }
        else
        {
            IEnumerable<string> unknown = UnknownOptions(parsed).Select(word => NoOption(word, command, usage));
            foreach (string sentence in unknown.Concat(parsed.Errors.Select(problem => Sentence(problem, command, usage))).Distinct())
            {
                yield return sentence;
            }
        }

        yield return $"See '{usage} --help'.";
    }

    /// <summary>Words that look like options and are none of the command's: the library takes them for values of the option or argument
    /// before them.</summary>
    /// <remarks>After a bare <c>--</c> every word is a value.</remarks>
    public static IReadOnlyList<string> UnknownOptions(ParseResult parsed) => parsed.CommandResult.Command.Subcommands.Count > 0 ? [] :
    [
        .. parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && LooksLikeOption(token.Value))
            .Select(token => token.Value.Split('=')[0]),
    ];

    private static string Sentence(ParseError problem, Command command, string usage)
    {
        if (problem.SymbolResult is OptionResult { Option: { } option } result && result.Tokens is [Token given, ..]
            && problem.Message.Contains("System.", StringComparison.Ordinal)
            && s_numberTypes.FirstOrDefault(known => known.Type == option.ValueType).Name is { } expected)
        {
            return $"{option.Name} is '{given.Value}', expected {expected}.";
        }

        if (problem.SymbolResult is OptionResult { IdentifierTokenCount: > 1, Tokens.Count: > 1, Option.Arity.MaximumNumberOfValues: 1 } again)
        {
            string values = string.Join(" and ", again.Tokens.Select(token => $"'{token.Value}'"));
            string[] names = [again.Option.Name, .. again.Option.Aliases];
            return names.Length > 1 ? $"{string.Join(" and ", names)} are the same option, with {values}: give it once."
                : $"{again.Option.Name} is given with {values}: give it once.";
        }

        if (problem.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult } missing)
        {
            return $"'{usage}' lacks its {missing.Argument.Name.ToUpperInvariant()}.";
        }

        // A list of the allowed words takes a line each; here they stand in one sentence.
        string[] lines = problem.Message.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length > 1 && problem.SymbolResult is OptionResult { Tokens: [Token word, ..] } choice)
        {
            return $"{choice.Option.Name} is '{word.Value}', expected one of {string.Join(", ", lines.Skip(1).Select(line => line.Trim('\'')))}.";
        }

        // The library names what it could not match in quotes; an option's nearest neighbour is of more use than its sentence.
        string[] parts = problem.Message.Split('\'');
        return parts is [_, ['-', ..] unknown, _] && problem.Message.StartsWith("Unrecognized", StringComparison.Ordinal)
            ? NoOption(unknown.Split('=')[0], command, usage)
            : problem.Message;
    }

    private static bool LooksLikeOption(string word) =>
        word is ['-', '-', var first, ..] && char.IsAsciiLetter(first) && !word.Any(char.IsWhiteSpace);

    private static string NoOption(string word, Command command, string usage) =>
        $"'{usage}' has no option '{word}'.{Nearest(word, command.Options.Select(each => each.Name), "")}";

    private static string UsageOf(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? part = result; part is CommandResult { Command: { } command }; part = part.Parent)
        {
            names.Add(command is RootCommand ? "avion" : command.Name);
        }

        return string.Join(' ', Enumerable.Reverse(names));
    }

    private static string Nearest(string word, IEnumerable<string> known, string prefix) =>
        known.MinBy(each => EditDistance.Between(word, each)) is { } nearest
            && EditDistance.Between(word, nearest) <= LargestSlip ? $" Did you mean '{prefix}{nearest}'?" : "";
}
