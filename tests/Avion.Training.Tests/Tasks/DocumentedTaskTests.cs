using System.Text.RegularExpressions;

namespace Avion.Training.Tests;

/// <summary>The page on adding a training shows the code of <see cref="BrightnessTask"/> as it is.</summary>
public sealed partial class DocumentedTaskTests
{
    [Fact]
    public void Code_of_the_page_is_code_that_runs()
    {
        string page = File.ReadAllText(Repository.Path("docs", "add-a-training.md"));
        string[] blocks = [.. CodeBlock().Matches(page).Select(match => Plain(match.Groups[1].Value))];
        string code = string.Join('\n', new[] { "BrightnessTask", "BrightnessModel", "BrightnessEvaluator" }
            .Select(name => Plain(File.ReadAllText(Repository.Path("tests", "Avion.Training.Tests", "Tasks", name + ".cs")))));
        Assert.True(blocks.Length >= 3, $"The page shows {blocks.Length} pieces of code.");
        Assert.All(blocks, block => Assert.Contains(block, code));
        Assert.InRange(page.Split('\n').Length, 1, 81);
    }

    /// <summary>Lines without what surrounds them: the page indents less than the files.</summary>
    private static string Plain(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
