namespace Avion.Training.Tests;

public sealed class TensorBoardTests
{
    [Fact]
    public void The_decoder_computes_published_checksums()
    {
        Assert.Equal(0xE3069283u, TensorBoardDecoder.Crc(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0x8A9136AAu, TensorBoardDecoder.Crc(new byte[32]));
    }

    [Fact]
    public void An_independent_decoder_reads_what_was_written()
    {
        using TemporaryFolder folder = new();
        string path;
        string longTag = new('é', 100);
        using (TensorBoardWriter writer = new(folder.FullName, firstStep: 41))
        {
            path = writer.Path;
            writer.Write(41, "train/", [new("loss", 2.5), new(longTag, -1e-3), new("nan", double.NaN)]);
            writer.Write(long.MaxValue, "", [new("x", float.MaxValue)]);
            writer.Write(5, "empty/", []);
        }

        List<TensorBoardDecoder.Event> events = TensorBoardDecoder.Read(path);
        Assert.Equal(5, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal((41L, 1), (events[1].Step, events[1].SessionStatus));
        Assert.Equal([("train/loss", 2.5f), ("train/" + longTag, -1e-3f), ("train/nan", float.NaN)], events[2].Scalars);
        Assert.Equal(long.MaxValue, events[3].Step);
        Assert.Equal([("x", float.MaxValue)], events[3].Scalars);
        Assert.Empty(events[4].Scalars);
        Assert.All(events, item => Assert.InRange(
            item.WallTime, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60));
    }

    [Fact]
    public void Two_starts_in_one_second_write_two_files()
    {
        using TemporaryFolder folder = new();
        using TensorBoardWriter first = new(folder.FullName);
        using TensorBoardWriter second = new(folder.FullName);
        Assert.NotEqual(first.Path, second.Path);
        Assert.All(Directory.GetFiles(folder.FullName).Select(Path.GetFileName), name => Assert.Contains("tfevents", name));
    }

    [Fact]
    public void A_warm_event_allocates_nothing()
    {
        using TemporaryFolder folder = new();
        using TensorBoardWriter writer = new(folder.FullName);
        Scalar[] values = [new("loss", 1.25), new("learning_rate", 3e-5)];
        for (int step = 0; step < 50; step++)
        {
            writer.Write(step, "train/", values);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 100; step++)
        {
            writer.Write(step, "train/", values);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
