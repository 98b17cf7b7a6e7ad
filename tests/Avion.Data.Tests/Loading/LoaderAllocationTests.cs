namespace Avion.Data.Tests;

/// <summary>Tests that measure the whole process and so run with no other beside them.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class LoaderAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_warm_batch_allocates_no_managed_memory(int ranks)
    {
        LoaderOptions options = new() { FrameCount = 3, Height = 6, Width = 8, ContextLength = 16 };
        using ClipLoader loader =
            new(new SyntheticDataset(64), new BatchPlan(64, 4 / ranks, 5, worldSize: ranks), new ByteEncoder(), () => new SyntheticSource(),
                options, rankCount: ranks);
        for (int i = 0; i < 64; i++)
        {
            TakeAll(loader);
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 256; i++)
        {
            TakeAll(loader);
        }

        // The runtime itself may allocate a little in the background; one object a batch would be 6 KiB and more.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1024);
    }

    private static void TakeAll(ClipLoader loader)
    {
        for (int rank = 0; rank < loader.RankCount; rank++)
        {
            loader.QueueOf(rank).Next()!.Dispose();
        }
    }
}
