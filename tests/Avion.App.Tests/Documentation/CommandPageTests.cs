using System.Text.RegularExpressions;

namespace Avion.App.Tests;

/// <summary>The page of commands, <c>docs/cli.md</c>, has what the program has.</summary>
public sealed partial class CommandPageTests
{
    // A command of ./avion, not of the program.
    private const string ScriptCommand = "conformance";

    private static readonly Dictionary<string, string> s_sections = Section().Split(File.ReadAllText(Repository.Path("docs", "cli.md")))
        .Skip(1).Chunk(2).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);

    [Fact]
    public async Task Every_option_of_every_command_is_told_and_no_other()
    {
        List<string> faults = [];
        IReadOnlyList<Help> commands = await HelpBelowAsync("");
        Assert.Empty(s_sections.Keys.Except([.. commands.Select(help => SectionOf(help.Command)), ScriptCommand]));
        foreach (IGrouping<string, Help> section in commands.GroupBy(help => SectionOf(help.Command)))
        {
            if (section.Key.Length == 0)
            {
                faults.AddRange(section.Select(help => $"avion {help.Command} has no section"));
                continue;
            }

            string told = s_sections[section.Key], more = told + string.Concat(Page().Matches(told).Select(link =>
                File.ReadAllText(Repository.Path("docs", link.Groups[1].Value))));
            faults.AddRange(section.SelectMany(help => help.Options.Where(option => !more.Contains(option, StringComparison.Ordinal))
                .Select(option => $"avion {help.Command} has {option}, which its section and the pages that it leads to do not tell")));
            faults.AddRange(OptionInText().Matches(told).Select(match => match.Groups[1].Value).Distinct()
                .Where(option => !section.Any(help => help.Options.Contains(option)))
                .Select(option => $"the section of avion {section.Key} tells {option}, which there is not"));
        }

        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
    }

    /// <summary>The section of a command, or that of the group it belongs to.</summary>
    private static string SectionOf(string command) => new[] { command, command.Split(' ')[0] }.FirstOrDefault(s_sections.ContainsKey, "");

    private static async Task<IReadOnlyList<Help>> HelpBelowAsync(string command)
    {
        ProcessResult result = await AvionProgram.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(0, result.ExitCode);
        string[] commands = [.. FirstColumn(result.Output, "Commands:").Select(line => $"{command} {line.Split(' ')[0]}".Trim())];
        if (commands.Length == 0)
        {
            return [new Help(command, [.. FirstColumn(result.Output, "Options:").SelectMany(NamesOf).Except(["--help", "--version"])])];
        }

        List<Help> all = [];
        foreach (string each in commands)
        {
            all.AddRange(await HelpBelowAsync(each));
        }

        return all;
    }

    /// <summary>What stands left in a list of the help, from its title to the next empty line.</summary>
    private static IEnumerable<string> FirstColumn(string help, string title) => help.Split('\n').SkipWhile(line => line.Trim() != title).Skip(1)
        .TakeWhile(line => line.Trim().Length > 0).Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')
        .Select(line => line.Trim().Split("  ")[0]);

    private static IEnumerable<string> NamesOf(string column) => OptionName().Matches(column).Select(match => match.Value);

    [GeneratedRegex(@"^## avion (.+)\n", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"\]\((\w[\w-]*\.md)")]
    private static partial Regex Page();

    [GeneratedRegex(@"`(--[a-z][a-z-]*)")]
    private static partial Regex OptionInText();

    [GeneratedRegex(@"--[a-z][a-z-]*")]
    private static partial Regex OptionName();

    private sealed record Help(string Command, string[] Options);
}
