namespace Avion.Training.Tests;

public sealed class BottleneckTests
{
    private static readonly LoadShares s_device = new(0.01, 0.4, 0.02), s_decoding = new(0.3, 0.99, 0.05), s_disk = new(0.3, 0.99, 0.9);

    [Theory]
    [InlineData(0.00, 0.30, 0.02, "device")]
    [InlineData(0.04, 1.00, 0.90, "device")]
    [InlineData(0.06, 1.00, 0.10, "decoding")]
    [InlineData(0.90, 1.00, 0.49, "decoding")]
    [InlineData(0.90, 1.00, 0.51, "disk")]
    [InlineData(0.90, 0.50, 0.40, "disk")]
    [InlineData(0.06, 0.00, 0.00, "data")]
    [InlineData(0.06, double.NaN, double.NaN, "data")]
    [InlineData(0.00, double.NaN, double.NaN, "device")]
    [InlineData(double.NaN, 0.50, 0.40, "unknown")]
    public void What_bounds_a_training_follows_from_three_shares(double waiting, double decoding, double reading, string word) =>
        Assert.Equal(word, BottleneckVerdict.Of(new LoadShares(waiting, decoding, reading)).Word);

    [Fact]
    public void A_number_close_to_a_threshold_leaves_the_verdict_as_it_is()
    {
        Bottleneck[] all = [Bottleneck.Device, Bottleneck.Decoding, Bottleneck.Disk];
        foreach (Bottleneck before in all)
        {
            // Within the margins of both thresholds nothing changes, from whichever side the numbers come.
            Assert.Equal(before == Bottleneck.Device, new LoadShares(0.06, 1, 0.5).Judge(before) == Bottleneck.Device);
            Assert.Equal(before == Bottleneck.Device, new LoadShares(0.04, 1, 0.5).Judge(before) == Bottleneck.Device);
            Assert.Equal(Bottleneck.Device, new LoadShares(0.02, 1, 0.5).Judge(before));
            Assert.Equal(Bottleneck.Decoding, new LoadShares(0.08, 1, 0.3).Judge(before));
            Assert.Equal(Bottleneck.Disk, new LoadShares(0.08, 1, 0.7).Judge(before));
        }

        Assert.Equal(Bottleneck.Decoding, new LoadShares(0.2, 1, 0.58).Judge(Bottleneck.Decoding));
        Assert.Equal(Bottleneck.Disk, new LoadShares(0.2, 1, 0.42).Judge(Bottleneck.Disk));
    }

    [Fact]
    public void A_verdict_has_its_numbers_and_says_what_to_do()
    {
        LoadPlace few = new(2, 16, ComputesOnProcessor: false), all = new(4, 4, ComputesOnProcessor: true);
        Assert.Equal("Decoding bounds it: training waits for clips 30 % of the time, 2 decode threads 99 % busy, 5 % of that reading files. "
            + "Raise data.decode_threads (2 of 16 processors), or make the videos cheaper to decode: avion data prepare.",
            BottleneckVerdict.Of(s_decoding, few).ToString());
        Assert.DoesNotContain("decode_threads", BottleneckVerdict.Of(s_decoding, all).Advice);
        Assert.Contains("data.prefetch_batches", BottleneckVerdict.Of(s_decoding with { Decoding = 0.5 }, few).Advice);
        Assert.Contains("up to 40 % of which decodes", BottleneckVerdict.Of(s_device, all).Advice);
        Assert.Contains("faster disk", BottleneckVerdict.Of(s_disk, few).Advice);
        Assert.Equal("", BottleneckVerdict.Of(new LoadShares(double.NaN)).Advice);
    }

    [Fact]
    public void A_change_is_told_once_when_it_lasts_and_not_before_five_minutes()
    {
        BottleneckWatch watch = new();
        List<(int Second, Bottleneck Told)> told = [];
        for (int second = 10; second <= 3600; second += 10)
        {
            // The disk is slow from the tenth minute to the fortieth, and decoding for a minute before and now and then at the end.
            LoadShares shares = second is > 540 and <= 600 ? s_decoding : second is > 600 and <= 2400 ? s_disk
                : second > 2400 && second % 300 == 0 ? s_decoding : s_device;
            if (watch.Add(10, shares))
            {
                told.Add((second, watch.Told));
            }
        }

        Assert.Equal([(60, Bottleneck.Device), (720, Bottleneck.Disk), (2520, Bottleneck.Device)], told);
        // An hour: 60, 1800 and 4 times 10 seconds in which training waits.
        Assert.Equal(((1900 * 0.3) + (1700 * 0.01)) / 3600, watch.Whole.Waiting, 1e-12);
    }

    [Fact]
    public void What_goes_to_and_fro_is_told_every_five_minutes_at_most()
    {
        BottleneckWatch watch = new();
        List<int> told = [];
        for (int second = 60; second <= 7200; second += 60)
        {
            if (watch.Add(60, second / 180 % 2 == 0 ? s_device : s_decoding))
            {
                told.Add(second);
            }
        }

        Assert.InRange(told.Count, 3, 7200 / 300);
        Assert.All(told.Skip(1).Zip(told), pair => Assert.True(pair.First - pair.Second >= 300));
    }

    [Theory]
    [InlineData("device")]
    [InlineData("decoding")]
    [InlineData("disk")]
    public void A_run_tells_what_bounded_it_at_its_end_and_in_its_log(string expected)
    {
        using TemporaryFolder folder = new();
        RecordingObserver observer = new(_ => Thread.Sleep(expected == "device" ? 15 : 0));
        TrainingData data = BrightnessRun.Data() with { OpenSource = () => new SlowSource(expected == "disk" ? 5 : 0, expected == "decoding" ? 5 : 0) };
        TrainingOutcome outcome = BrightnessRun.Start(BrightnessRun.Recipe(folder.File("run"), "evaluate.every_epochs=0", "output.log_every_steps=4"), observer, data);
        Assert.Equal(expected, outcome.Verdict?.Word);
        Assert.Contains($"Bottleneck: {outcome.Verdict}", observer.Messages);
        RunLogEntry[] log = [.. RunLogReader.Read(folder.File("run", "log.jsonl")).Entries];
        RunLogEntry verdict = Assert.Single(log, entry => entry.Kind == RunLogKind.Verdict);
        Assert.Equal(outcome.Verdict, BottleneckVerdict.Read(verdict));
        Assert.All(log.Where(entry => entry.Kind == RunLogKind.Step), entry =>
        {
            Assert.InRange(entry.Values[LoadShares.DecodingName], 0, 1);
            Assert.InRange(entry.Values[LoadShares.ReadingName], 0, entry.Values[LoadShares.DecodingName]);
        });

        // What the board makes of a log that tells no verdict: the same, by the same rule.
        LoadShares shares = LoadShares.Of(name => log.Where(entry => entry.Kind == RunLogKind.Step).Skip(1).Average(entry => entry.Values[name]));
        Assert.Equal(expected, BottleneckVerdict.Of(shares).Word);
    }
}
