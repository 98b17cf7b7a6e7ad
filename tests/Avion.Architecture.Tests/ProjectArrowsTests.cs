using System.Xml.Linq;

namespace Avion.Architecture.Tests;

/// <summary>The arrows between projects are those of the design, and the leaves need no packages.</summary>
public sealed class ProjectArrowsTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Avion.Compute"] = [],
        ["Avion.Files"] = [],
        ["Avion.Video"] = ["Avion.Files"],
        ["Avion.Telemetry"] = [],
        ["Avion.OpCases"] = ["Avion.Compute"],
        ["Avion.Models"] = ["Avion.Compute", "Avion.Files"],
        ["Avion.Data"] = ["Avion.Compute", "Avion.Video", "Avion.Files"],
        ["Avion.Training"] = ["Avion.Models", "Avion.Data", "Avion.Telemetry", "Avion.Files"],
        ["Avion.Dashboard"] = ["Avion.Telemetry"],
        ["Avion.Cli"] = ["Avion.Compute", "Avion.Files", "Avion.Video", "Avion.Telemetry", "Avion.Models", "Avion.Data", "Avion.Training",
            "Avion.Dashboard", "Avion.OpCases"],
    };

    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["Avion.Training"] = ["YamlDotNet", "Parquet.Net"],
        ["Avion.Dashboard"] = ["Vizor.ECharts"],
        ["Avion.Cli"] = ["System.CommandLine", "Spectre.Console"],
    };

    [Fact]
    public void The_source_folder_holds_the_ten_projects_of_the_design() =>
        Assert.Equal(s_allowed.Keys.Order(), Projects().Select(project => project.Name).Order());

    [Fact]
    public void Projects_reference_only_what_the_design_allows()
    {
        foreach ((string name, XDocument project) in Projects())
        {
            IEnumerable<string> references = Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!);
            string[] forbidden = [.. references.Except(s_allowed[name])];
            Assert.True(forbidden.Length == 0, $"{name} references {string.Join(", ", forbidden)}, which the design does not allow.");
        }
    }

    [Fact]
    public void Projects_use_only_the_packages_that_were_decided_on()
    {
        foreach ((string name, XDocument project) in Projects())
        {
            string[] undecided = [.. Included(project, "PackageReference").Concat(Included(project, "PackageDownload")).Except(s_packages.GetValueOrDefault(name, []))];
            Assert.True(undecided.Length == 0, $"{name} uses {string.Join(", ", undecided)}: see docs/decisions/dependencies.md.");
        }
    }

    [Fact]
    public void Every_package_has_its_reason_written_down()
    {
        string decisions = File.ReadAllText(Repository.Path("docs", "decisions", "dependencies.md"));
        XDocument versions = XDocument.Load(Repository.Path("Directory.Packages.props"));
        IEnumerable<string> downloaded = Projects().SelectMany(project => Included(project.Project, "PackageDownload"));
        string[] unexplained = [.. Included(versions, "PackageVersion").Concat(downloaded).Where(package => !decisions.Contains($"`{package}`"))];
        Assert.True(unexplained.Length == 0, $"docs/decisions/dependencies.md does not name {string.Join(", ", unexplained)}.");
    }

    private static IEnumerable<(string Name, XDocument Project)> Projects() => Directory
        .EnumerateFiles(Repository.Path("src"), "*.csproj", SearchOption.AllDirectories)
        .Select(path => (Path.GetFileNameWithoutExtension(path), XDocument.Load(path)));

    private static IEnumerable<string> Included(XDocument project, string item) => project.Descendants(item)
        .Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'));
}
