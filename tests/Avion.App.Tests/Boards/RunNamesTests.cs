namespace Avion.App.Tests;

/// <summary>Runs have names that tell them apart.</summary>
public sealed class RunNamesTests
{
    [Theory]
    [InlineData("/w/runs", "/w/runs/a=a", "/w/runs/many/b=many/b")]
    [InlineData("/w/a", "/w/a=a")]
    [InlineData("/w/demo", "/w/demo/run=demo")]
    [InlineData("/w/demo/run", "/w/demo/run=demo")]
    [InlineData("/w", "/w/one/run=one", "/w/two/run=two", "/w/two/running=two/running")]
    [InlineData("/w/one/run /w/two/run", "/w/one/run=one", "/w/two/run=two")]
    [InlineData("/a/demo/run /b/demo/run /c", "/a/demo/run=a/demo", "/b/demo/run=b/demo", "/c/demo=c/demo")]
    [InlineData("/w /w/a/run", "/w/a=/w/a", "/w/a/run=/w/a/run")]
    [InlineData("/ /w", "/run=run", "/w/x=w/x")]
    public void A_name_is_short_and_no_two_are_alike(string roots, params string[] runs)
    {
        string[][] pairs = [.. runs.Select(run => run.Split('='))];
        Assert.Equal(pairs.Select(pair => pair[1]), RunNames.Of([.. pairs.Select(pair => pair[0])], roots.Split(' ')));
    }

    [Fact]
    public void Two_demos_are_told_apart_by_the_board_also_when_the_second_comes_later()
    {
        using TemporaryFolder folder = new();
        string[] runs = ["first/demo/run", "second/demo/run"];
        Add(runs[0]);
        Directory.CreateDirectory(folder.File(runs[1]));
        ManualTime time = new();
        RunCatalogue catalogue = new(runs.Select(run => folder.File(run)), time);
        BoardRun first = Assert.Single(catalogue.Runs());
        Assert.Equal("demo", first.Name);
        Add(runs[1]);
        time.Passed += TimeSpan.FromMinutes(1);
        Assert.Equal(["first/demo", "second/demo"], catalogue.Runs().Select(run => run.Name));
        Assert.Equal("first/demo", first.Name);
        Assert.Equal("second/demo", RunSummary.Of(catalogue.Runs()[1]).Name);

        void Add(string run)
        {
            Directory.CreateDirectory(folder.File(run));
            File.WriteAllText(folder.File(run, "log.jsonl"), "");
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Passed { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
