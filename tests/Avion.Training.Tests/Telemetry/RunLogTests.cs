namespace Avion.Training.Tests;

public sealed class RunLogTests
{
    [Fact]
    public void Every_field_reads_back_as_written()
    {
        using TemporaryFolder folder = new();
        FixedTime time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, 500, TimeSpan.Zero));
        using (RunLogWriter writer = new(folder.File("log.jsonl"), time))
        {
            writer.Write(
                RunLogKind.Step, 40, 3,
                [new("loss", 0.1 + 0.2), new("nan", double.NaN), new("up", double.PositiveInfinity), new("down", double.NegativeInfinity)],
                [new("message", "quote \" and \n newline and é")]);
        }

        RunLogContents contents = RunLogReader.Read(folder.File("log.jsonl"));
        RunLogEntry entry = Assert.Single(contents.Entries);
        Assert.Equal((RunLogKind.Step, 40L, 3), (entry.Kind, entry.Step, entry.Epoch));
        Assert.Equal(time.GetUtcNow(), entry.Time);
        Assert.Equal(0.1 + 0.2, entry.Values["loss"]);
        Assert.True(double.IsNaN(entry.Values["nan"]));
        Assert.Equal(double.PositiveInfinity, entry.Values["up"]);
        Assert.Equal(double.NegativeInfinity, entry.Values["down"]);
        Assert.Equal("quote \" and \n newline and é", entry.Labels["message"]);
        Assert.False(contents.EndsTorn);
        Assert.Equal(0, contents.DamagedLines);
    }

    [Fact]
    public void A_line_cut_at_any_byte_is_left_out_and_removed_by_the_next_writer()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("log.jsonl");
        using (RunLogWriter writer = new(path))
        {
            writer.Write(RunLogKind.Step, 1, 0, [new("loss", 1)]);
            writer.Write(RunLogKind.Step, 2, 0, [new("loss", 2)]);
        }

        byte[] whole = File.ReadAllBytes(path);
        int firstLine = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = firstLine; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal([1L], RunLogReader.Read(path).Entries.Select(entry => entry.Step));
            using (RunLogWriter writer = new(path))
            {
                Assert.Equal(length - firstLine, writer.BytesCutOff);
                writer.Write(RunLogKind.Step, 3, 0, []);
            }

            RunLogContents contents = RunLogReader.Read(path);
            Assert.Equal([1L, 3L], contents.Entries.Select(entry => entry.Step));
            Assert.Equal((0, false), (contents.DamagedLines, contents.EndsTorn));
        }
    }

    [Fact]
    public void A_torn_line_longer_than_a_block_is_removed()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("log.jsonl");
        File.WriteAllText(path, "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"step\"}\n" + new string('x', 10_000));
        using RunLogWriter writer = new(path);
        Assert.Equal(10_000, writer.BytesCutOff);
        Assert.Single(RunLogReader.Read(path).Entries);
    }

    [Fact]
    public void Damaged_lines_are_counted_and_the_rest_is_read()
    {
        string good = "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"step\",\"step\":7,\"later\":{\"a\":[1]}}\n";
        string text = good + "garbage\n{}\n{\"kind\":\"step\"}\n[1]\n" + "{\"time\":5,\"kind\":\"step\"}\n"
            + "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"step\",\"values\":{\"loss\":\"big\"}}\n\n" + good;
        RunLogContents contents = RunLogReader.Parse(Encoding.UTF8.GetBytes(text));
        Assert.Equal(2, contents.Entries.Count);
        Assert.Equal(7, contents.DamagedLines);
    }

    [Fact]
    public void Steps_that_a_resumed_run_does_again_count_once()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("log.jsonl");
        using (RunLogWriter writer = new(path))
        {
            foreach (int step in new[] { 10, 20, 30 })
            {
                writer.Write(RunLogKind.Step, step, 0, [new("loss", step)]);
            }
        }

        using (RunLogWriter writer = new(path))
        {
            writer.Write(RunLogKind.Resumed, 15, 0, []);
            writer.Write(RunLogKind.Step, 20, 0, [new("loss", -20)]);
        }

        RunLogEntry[] steps = [.. RunLogReader.Read(path).Effective().Where(entry => entry.Kind == RunLogKind.Step)];
        Assert.Equal([10.0, -20.0], steps.Select(entry => entry.Values["loss"]));
    }

    [Fact]
    public void A_reader_sees_each_line_while_the_writer_holds_the_file()
    {
        using TemporaryFolder folder = new();
        using RunLogWriter writer = new(folder.File("log.jsonl"));
        for (int step = 1; step <= 3; step++)
        {
            writer.Write(RunLogKind.Step, step, 0, []);
            Assert.Equal(step, RunLogReader.Read(folder.File("log.jsonl")).Entries.Count);
        }
    }

    [Fact]
    public void A_warm_line_allocates_nothing()
    {
        using TemporaryFolder folder = new();
        using RunLogWriter writer = new(folder.File("log.jsonl"));
        Scalar[] values = [new("loss", 1.25), new("learning_rate", 3e-5)];
        for (int step = 0; step < 50; step++)
        {
            writer.Write(RunLogKind.Step, step, 0, values);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 100; step++)
        {
            writer.Write(RunLogKind.Step, step, 0, values);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
