using System.Text.RegularExpressions;

namespace Avion.Architecture.Tests;

/// <summary>Files stay small, folders are named by concept, and nothing of one machine is in the tree.</summary>
public sealed class SourceTreeTests
{
    private const int LineBudget = 400, ColumnBudget = 140;

    // Where lines are still longer, and texts of files that the program writes, whose lines are theirs.
    private static readonly string[] s_wide =
    [
        "src/Avion.Cli/Commands", "src/Avion.Cli/Searching", "src/Avion.Cli/Terminal", "src/Avion.Compute",
        "src/Avion.Dashboard/Board/Server/GalleryRoutes.cs", "src/Avion.Models/Export/Onnx/OnnxReadme.cs",
        "src/Avion.Models/Export/OpenClip/OpenClipReadme.cs", "src/Avion.Training/Inference/Extraction",
        "src/Avion.Training/Inference/Search/ClipIndex.cs",
    ];

    // Programs of tools/ have the name that is typed.
    private static readonly Dictionary<string, string> s_programNamespaces = new()
    {
        ["conformance"] = "Avion.ConformanceTool", ["opcheck"] = "Avion.OpCheckTool",
    };

    private static readonly string[] s_drawers = ["Utils", "Util", "Utilities", "Helpers", "Helper", "Common", "Misc", "Shared"];

    [Fact]
    public void No_source_file_is_longer_than_the_budget()
    {
        string[] long_ = [.. SourceFiles().Where(path => File.ReadLines(path).Count() > LineBudget)];
        Assert.True(long_.Length == 0, $"Files over {LineBudget} lines, to be split by idea: {string.Join(", ", long_)}");
    }

    [Fact]
    public void No_line_of_the_sources_is_wider_than_the_budget()
    {
        (string Path, string[] Lines)[] files = [.. Directory.EnumerateFiles(Repository.Path("src"), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'), File.ReadAllLines(path)))];
        string[] wide = [.. files.SelectMany(file => file.Lines.Index().Where(line => line.Item.Length > ColumnBudget)
            .Select(line => $"{file.Path}:{line.Index + 1}"))];
        string[] unlisted = [.. wide.Where(place => !s_wide.Any(listed => place.StartsWith(listed, StringComparison.Ordinal)))];
        Assert.True(unlisted.Length == 0, $"Lines of more than {ColumnBudget} columns: {string.Join(", ", unlisted)}");
        Assert.All(s_wide, listed => Assert.True(wide.Any(place => place.StartsWith(listed, StringComparison.Ordinal)),
            $"{listed} has no wide line any more: take it off the list."));
    }

    [Fact]
    public void Folders_and_files_are_named_by_concept()
    {
        IEnumerable<string> names = SourceFiles().SelectMany(path => Path.GetRelativePath(Repository.Root, path)
            .Split(Path.DirectorySeparatorChar).Select(part => Path.GetFileNameWithoutExtension(part)));
        string[] drawers = [.. names.Where(name => s_drawers.Contains(name, StringComparer.OrdinalIgnoreCase)).Distinct()];
        Assert.True(drawers.Length == 0, $"Drawers of leftovers: {string.Join(", ", drawers)}");
    }

    [Fact]
    public void A_project_has_one_namespace_its_name()
    {
        foreach (string path in SourceFiles())
        {
            string project = Path.GetRelativePath(Repository.Root, path).Split(Path.DirectorySeparatorChar)[1];
            Match declared = Regex.Match(File.ReadAllText(path), @"^namespace ([\w.]+)", RegexOptions.Multiline);
            string expected = s_programNamespaces.GetValueOrDefault(project, project);
            Assert.True(!declared.Success || declared.Groups[1].Value == expected,
                $"{path} declares namespace {declared.Groups[1].Value}, expected {expected}: folders order files, not names.");
        }
    }

    [Fact]
    public void Nothing_names_a_path_of_one_machine()
    {
        Regex machine = new("(/" + "work/(main|wt|tmp|shared))|(/home/[a-z]+/)|(/" + "root/)");
        string[] files = [.. TextFiles().Where(path => machine.IsMatch(File.ReadAllText(path)))];
        Assert.True(files.Length == 0, $"Paths of one machine stand in {string.Join(", ", files)}");
    }

    private static IEnumerable<string> SourceFiles() => new[] { "src", "tests", "benchmarks", "tools", "samples" }
        .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*.cs", SearchOption.AllDirectories));

    private static IEnumerable<string> TextFiles() => SourceFiles()
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
        .Concat(new[] { "docs", "recipes", "benchmarks", "samples" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*", SearchOption.AllDirectories))
            .Where(path => Path.GetExtension(path) is ".md" or ".yaml" or ".py" or ".sh"));
}
