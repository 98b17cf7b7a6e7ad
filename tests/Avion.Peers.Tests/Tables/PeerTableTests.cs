namespace Avion.Peers.Tests;

/// <summary>Rows of the table, from results whose numbers are plain.</summary>
public sealed class PeerTableTests
{
    private static readonly Machine s_machine = new("Some Processor", 2, 23.5, "Some System", ".NET");

    [Fact]
    public void A_row_has_the_median_of_the_rounds_ratios_and_their_range()
    {
        string table = PeerTable.Write([Result("tiny", Times("peer", 2, 100, 90, 500), Times("avion", 2, 50, 60, 50))]);
        Assert.Contains("| float32 | 2 | 100 | 50.0 | 2.00 (1.50 to 10.00) | 1.5 |  |  |  | 100 | 50 | 0.50 |", table);
    }

    [Fact]
    public void The_peer_is_the_faster_of_its_two_ways_to_bfloat16_which_is_named()
    {
        string table = PeerTable.Write([Result("tiny-bf16", Times("peer", 1, 300, 300), Times("autocast", 1, 200, 200), Times("avion", 1, 100, 100))]);
        Assert.Contains("| bfloat16 | 1 | 200 (autocast) | 100 | 2.00 (2.00 to 2.00) |", table);
    }

    [Fact]
    public void Each_run_with_both_sides_has_its_row_the_newest_first()
    {
        string table = PeerTable.Write(
        [
            Result("tiny", Times("peer", 2, 400, 400), Times("avion", 2, 100, 100)),
            Result("tiny", Times("peer", 2, 300, 300), Times("avion", 2, 100, 100), Times("default", 2, 700, 700)),
            Result("tiny", Times("avion", 2, 100, 100)),
        ]);
        Assert.Contains("| 300 | 100 | 3.00 (3.00 to 3.00) | 1.5 |  |  | 7.0 |", table);
        Assert.True(table.IndexOf("| 300 | 100 | 3.00", StringComparison.Ordinal) < table.IndexOf("| 400 | 100 | 4.00", StringComparison.Ordinal));
    }

    [Fact]
    public void The_peers_default_may_come_from_a_run_of_its_own()
    {
        string table = PeerTable.Write(
        [
            Result("tiny", Times("default", 2, 800, 800), Times("avion", 2, 100, 100)),
            Result("tiny", Times("peer", 2, 300, 300), Times("avion", 2, 100, 100)),
        ]);
        Assert.Contains("| 300 | 100 | 3.00 (3.00 to 3.00) | 1.5 |  |  | 8.0 |", table);
    }

    [Fact]
    public void A_second_thread_is_told_of_all_sides_of_one_run()
    {
        string table = PeerTable.Write([Result("tiny", Times("avion", 1, 90, 90), Times("avion", 2, 50, 50), Times("peer", 1, 80, 80), Times("peer", 2, 50, 50),
            Times("library", 1, 40, 40), Times("library", 2, 20, 20))]);
        Assert.Contains("| float32 | 1.80 (1.80 to 1.80) | 1.60 (1.60 to 1.60) | 2.00 (2.00 to 2.00) |", table);
    }

    [Fact]
    public void The_ceiling_tells_what_ratio_there_can_be_and_how_near_Avion_is()
    {
        string table = PeerTable.Write([Result("tiny", Times("peer", 2, 300, 300), Times("avion", 2, 200, 200), Times("ceiling", 2, 150, 150))]);
        Assert.Contains("| 300 | 200 | 1.50 (1.50 to 1.50) | 1.5 | 2.00 | 0.75 |  |", table);
        Assert.DoesNotContain("library of ceiling", table);
    }

    [Fact]
    public void Machine_day_and_libraries_stand_above()
    {
        string table = PeerTable.Write([Result("tiny", Times("peer", 2, 1, 1), Times("avion", 2, 1, 1))]);
        Assert.StartsWith("* 2 processors of Some Processor, 24 GiB, Some System, .NET; 2026-01-02.\n* peer, best: library of peer.\n* Avion: library of avion.\n", table);
    }

    [Fact]
    public void A_page_without_both_marks_is_refused()
    {
        string page = $"before\n{MarkedPage.Begin}\nold\n{MarkedPage.End}\nafter\n";
        Assert.Equal($"before\n{MarkedPage.Begin}\nnew\n{MarkedPage.End}\nafter\n", MarkedPage.Replace(page, "new\n"));
        Assert.Equal("old\n", MarkedPage.Read(page));
        Assert.Throws<PeerException>(() => MarkedPage.Read(page.Replace(MarkedPage.End, "")));
        Assert.Throws<PeerException>(() => MarkedPage.Read(page + page));
    }

    [Fact]
    public void Results_survive_their_file_and_a_line_that_is_none_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("measured.jsonl");
        ComparisonResult result = Result("tiny", Times("peer", 2, 100, 90), Times("avion", 2, 50, 60));
        MeasuredResults.Append(path, result);
        MeasuredResults.Append(path, result);
        Assert.Equal(PeerTable.Write([result, result]), PeerTable.Write(MeasuredResults.Read(path)));
        File.AppendAllText(path, "{}\n");
        Assert.Contains("line 3", Assert.Throws<PeerException>(() => MeasuredResults.Read(path)).Message);
    }

    private static ComparisonResult Result(string workload, params SideTimes[] sides) => new(workload, new DateOnly(2026, 1, 2), s_machine,
        new Agreement("relative", [new SideErrors("peer", new NamedError("loss", 1e-6), new NamedError("none", 0), 0, 0)], Bounds.Float32), sides);

    private static SideTimes Times(string side, int threads, params double[] milliseconds) => new(side, Side.Find(side).Title, threads,
        $"library of {side}, {threads} threads; so and so", [.. milliseconds.Select(time => new SideTurn(time, threads * time, 1, side == "peer" ? 100 : 50))]);
}
