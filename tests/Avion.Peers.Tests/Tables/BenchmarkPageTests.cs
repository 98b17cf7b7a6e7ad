using System.Text.RegularExpressions;

namespace Avion.Peers.Tests;

/// <summary>What docs/benchmarks.md says of the peer is what was measured: the tables are made of recorded results, and of nothing else.</summary>
public sealed class BenchmarkPageTests
{
    private static string Page => Repository.Path("docs", "benchmarks.md");

    private static IReadOnlyList<ComparisonResult> Recorded => MeasuredResults.Read(Repository.Path("benchmarks", "Avion.Peers", "measured.jsonl"));

    /// <summary>AVION_UPDATE_DOCS=1 writes the page instead.</summary>
    [Fact]
    public void The_page_holds_the_tables_of_the_recorded_results()
    {
        string table = PeerTable.Write(Recorded);
        if (Environment.GetEnvironmentVariable("AVION_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Page, MarkedPage.Replace(File.ReadAllText(Page), table));
        }

        Assert.True(MarkedPage.Read(File.ReadAllText(Page)) == table,
            "docs/benchmarks.md is not what was recorded: run this test with AVION_UPDATE_DOCS=1.");
    }

    [Fact]
    public void Every_recorded_result_kept_to_its_bounds()
    {
        Assert.NotEmpty(Recorded);
        foreach (ComparisonResult result in Recorded)
        {
            Assert.True(result.Agreement.IsWithinBounds, $"{result.Workload}: {result.Agreement}");
            Assert.Contains(result.Sides, side => side.Side == "avion");
            Assert.All(result.Sides, side => Assert.True(side.Turns.Count >= 2, $"{result.Workload}, {side.Title}: one turn is no median."));
        }
    }

    [Fact]
    public void The_readme_says_of_the_whole_step_what_the_table_says()
    {
        string row = File.ReadLines(Repository.Path("README.md")).Single(line => line.StartsWith("| training step of the ViT-B/16", StringComparison.Ordinal));
        string[] said = [.. Regex.Matches(row, @"(\d\.\d\d) times as fast as libtorch").Select(match => match.Groups[1].Value)];
        Assert.Equal([Ratio("vit", 2), Ratio("vit", 1), Ratio("vit-bf16", 2)], said);
    }

    /// <summary>The smallest of all runs.</summary>
    private static string Ratio(string workload, int threads) => Recorded
        .Where(result => result.Workload == workload && result.Of("avion", threads) is not null && PeerTable.Best(result, threads) is not null)
        .Min(result => ComparisonResult.Ratio(PeerTable.Best(result, threads)!, result.Of("avion", threads)!, turn => turn.Milliseconds)).ToString("f2");
}
