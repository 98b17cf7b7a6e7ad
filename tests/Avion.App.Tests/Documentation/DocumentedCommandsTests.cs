namespace Avion.App.Tests;

/// <summary>What the documents tell a reader to type works.</summary>
public sealed class DocumentedCommandsTests
{
    // Verbs of the ./avion script rather than of the program; .ci/run runs them.
    private static readonly string[] s_scriptVerbs = ["test", "conformance"];

    [Fact]
    public void Documents_show_commands() => Assert.True(DocumentedCommand.All.Count >= 2, "No command was found in any document.");

    [Fact]
    public async Task Documented_commands_and_options_exist()
    {
        Dictionary<string, string> helpTexts = [];
        List<string> unknown = [];
        foreach (DocumentedCommand command in DocumentedCommand.All.Where(command => !s_scriptVerbs.Contains(command.Arguments[0])))
        {
            string[] words = [.. command.Arguments.TakeWhile(IsWord).Take(2)];
            string help = await HelpOfAsync(words, helpTexts);
            unknown.AddRange(command.Arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal))
                .Select(argument => argument.Split('=')[0])
                .Where(option => !help.Contains(option, StringComparison.Ordinal))
                .Select(option => $"{command}: no option {option}"));
            if (help.Length == 0)
            {
                unknown.Add($"{command}: no such command");
            }
        }

        Assert.True(unknown.Count == 0, string.Join(Environment.NewLine, unknown));
    }

    [Fact]
    public async Task Commands_marked_as_runnable_run()
    {
        foreach (IGrouping<string, DocumentedCommand> document in DocumentedCommand.All.Where(command =>
            command.IsRunnable).GroupBy(command => command.Document))
        {
            using TemporaryFolder folder = new();
            foreach (DocumentedCommand command in document)
            {
                ProcessResult result = await ChildProcess.RunAsync("dotnet", [AvionProgram.FullPath, .. command.Arguments], folder.FullName,
                    timeoutSeconds: 300);
                Assert.True(result.ExitCode == 0, $"{command} ended with {result.ExitCode}:\n{result.Output}\n{result.Error}");
            }
        }
    }

    private static bool IsWord(string argument) =>
        argument.All(letter => char.IsAsciiLetterLower(letter) || letter == '-') && argument[0] != '-';

    /// <summary>The help of the longest prefix of the words that names a command; empty if the first word names none.</summary>
    private static async Task<string> HelpOfAsync(string[] words, Dictionary<string, string> known)
    {
        for (int count = words.Length; count > 0; count--)
        {
            string name = string.Join(' ', words.Take(count));
            if (!known.TryGetValue(name, out string? help))
            {
                ProcessResult result = await AvionProgram.RunAsync([.. words.Take(count), "--help"]);
                help = result.ExitCode == 0 && result.Output.Contains($"avion {name}", StringComparison.Ordinal) ? result.Output : "";
                known[name] = help;
            }

            if (help.Length > 0)
            {
                return help;
            }
        }

        return "";
    }
}
