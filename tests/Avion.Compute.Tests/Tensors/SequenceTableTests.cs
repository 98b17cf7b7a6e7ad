namespace Avion.Compute.Tests;

public sealed class SequenceTableTests
{
    [Fact]
    public void Rows_of_sequences_are_those_of_their_offsets_and_empty_ones_are_told()
    {
        using CpuDevice device = new(1);
        using SequenceTable table = new(device);
        SequenceOffsets sequences = table.Set([0, 3, 4, 9]);
        Assert.Equal((3, 9, 5), (sequences.Count, sequences.TokenCount, sequences.LongestLength));
        Assert.Equal([0, 3, 4], Read(sequences.FirstRows));
        Assert.Equal([2, 3, 8], Read(sequences.LastRows));
        Assert.Equal([2, 3], Read(table.First(2).LastRows));
        Assert.Contains("Sequence 1", Assert.Throws<ArgumentException>(() => table.Set([0, 3, 2])).Message);
        Assert.Throws<ArgumentException>(() => table.Set([1, 3]));
        Assert.Throws<ArgumentException>(() => table.Set([]));
    }

    [Fact]
    public void Sequences_of_one_length_are_filled_alike_and_warm_calls_allocate_nothing()
    {
        using CpuDevice device = new(1);
        using SequenceTable table = new(device);
        SequenceOffsets equal = table.SetEqual(length: 4, count: 3);
        Assert.Equal([0, 4, 8, 12], equal.AsSpan().ToArray());
        Assert.Equal([3, 7, 11], Read(equal.LastRows));
        ReadOnlySpan<int> offsets = [0, 1, 6];
        long before = GC.GetAllocatedBytesForCurrentThread();
        table.Set(offsets);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_device_with_memory_of_its_own_gets_a_copy_before_the_step()
    {
        using PlanningDevice device = PlanningDevice.For(DeviceDescription.Cuda());
        using SequenceTable table = new(device);
        SequenceOffsets sequences = table.Set([0, 3, 4]);
        unsafe
        {
            Assert.NotEqual((nint)sequences.Pointer, sequences.FirstRows.Data);
        }

        using HostAccessScope step = device.ForbidHostAccess();
        Assert.Equal((2, 4), (sequences.Count, sequences.TokenCount));
        table.SetEqual(4, 2);
        Assert.Throws<InvalidOperationException>(() => table.Set([0, 1]));
    }

    private static unsafe int[] Read(Tensor tensor) => new ReadOnlySpan<int>((int*)tensor.Data, (int)tensor.Count).ToArray();
}
