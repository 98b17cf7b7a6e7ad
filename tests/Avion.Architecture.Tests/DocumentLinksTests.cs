using System.Text.RegularExpressions;

namespace Avion.Architecture.Tests;

/// <summary>What documents point to is there.</summary>
public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Links_lead_to_files_and_headings_of_the_repository()
    {
        string[] links = [.. Documents().SelectMany(LinksOf)];
        Assert.True(links.Length > 50, $"Only {links.Length} links were found: this test sees nothing.");
        string[] broken = [.. Documents().SelectMany(path => LinksOf(path).Where(link => !LeadsSomewhere(path, link))
            .Select(link => $"{Path.GetRelativePath(Repository.Root, path)}: {link}"))];
        Assert.True(broken.Length == 0, $"Links to nothing: {string.Join(", ", broken)}");
    }

    [Theory]
    [InlineData("## Start from published weights", "start-from-published-weights")]
    [InlineData("# `data.train`, and *more*: a test", "datatrain-and-more-a-test")]
    public void Headings_have_the_anchors_that_hosts_of_repositories_give_them(string heading, string anchor) =>
        Assert.Equal(anchor, AnchorOf(heading));

    private static bool LeadsSomewhere(string document, string link)
    {
        string[] parts = link.Split('#', 2);
        string path = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, parts[0]);
        return (File.Exists(path) || Directory.Exists(path)) && (parts.Length == 1 || AnchorsOf(path).Contains(parts[1]));
    }

    private static IEnumerable<string> LinksOf(string document) => Link().Matches(File.ReadAllText(document))
        .Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));

    private static HashSet<string> AnchorsOf(string document)
    {
        bool isCode = false;
        HashSet<string> anchors = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(document))
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (!isCode && line.StartsWith('#'))
            {
                anchors.Add(AnchorOf(line));
            }
        }

        return anchors;
    }

    private static string AnchorOf(string heading) =>
        NoPartOfAnchors().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static IEnumerable<string> Documents() =>
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md"),
        .. new[] { "docs", "src", "samples", "benchmarks" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*.md", SearchOption.AllDirectories)),
    ];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoPartOfAnchors();
}
