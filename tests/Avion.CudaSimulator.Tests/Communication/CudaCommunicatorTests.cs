namespace Avion.CudaSimulator.Tests;

/// <summary>What ranks on several simulated GPUs compute together, against plain loops.</summary>
public sealed class CudaCommunicatorTests
{
    public static TheoryData<int, int> Sizes
    {
        get
        {
            TheoryData<int, int> sizes = [];
            foreach (int ranks in (int[])[2, 3, 8])
            {
                foreach (int count in (int[])[0, 1, 15, 1003])
                {
                    sizes.Add(ranks, count);
                }
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void All_reduce_gives_the_sum_to_every_rank(int ranks, int count)
    {
        float[] sum = RankTensor.Sum(ranks, 0, count);
        CudaRanks.RunAll(ranks, (rank, device) =>
        {
            using RankTensor tensor = new(device, RankTensor.Draw(rank.Rank, 0, count));
            rank.AllReduceSum(tensor.Tensor);
            Assert.Equal(sum, tensor.Values);
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Sums_of_bfloat16_are_rounded_for_each_rank(int ranks) => CudaRanks.RunAll(
        ranks,
        (rank, device) =>
        {
            // 256 + 1 is halfway to the next bfloat16, 258, and goes to the even one, 256: so ones added to it are lost.
            using RankTensor tensor = new(device, [rank.Rank == 0 ? 256 : 1, rank.Rank], ElementType.BFloat16);
            rank.AllReduceSum(tensor.Tensor);
            Assert.Equal([256, ranks * (ranks - 1) / 2], tensor.Values);
        },
        ElementType.BFloat16);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Reduce_scatter_leaves_each_rank_its_share_of_the_sum(int ranks, int count)
    {
        float[] sum = RankTensor.Sum(ranks, 1, ranks * count);
        CudaRanks.RunAll(ranks, (rank, device) =>
        {
            float[] expected = sum[(rank.Rank * count)..((rank.Rank + 1) * count)], own = RankTensor.Draw(rank.Rank, 1, ranks * count);
            using RankTensor source = new(device, own), share = new(device, new float[count]);
            rank.ReduceScatterSum(source.Tensor, share.Tensor);
            Assert.Equal(expected, share.Values);
            Assert.Equal(own, source.Values);

            // In place: the share is part of the source.
            rank.ReduceScatterSum(source.Tensor, source.Tensor.Part((long)rank.Rank * count, count));
            Assert.Equal(expected, source.Values[(rank.Rank * count)..((rank.Rank + 1) * count)]);
        });
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void All_gather_puts_the_tensors_of_all_ranks_in_rank_order(int ranks, int count)
    {
        float[] expected = [.. Enumerable.Range(0, ranks).SelectMany(rank => RankTensor.Draw(rank, 2, count))];
        CudaRanks.RunAll(ranks, (rank, device) =>
        {
            float[] own = RankTensor.Draw(rank.Rank, 2, count), placed = new float[ranks * count];
            own.CopyTo(placed, rank.Rank * count);
            using RankTensor source = new(device, own), all = new(device, new float[ranks * count]), inPlace = new(device, placed);
            rank.AllGather(source.Tensor, all.Tensor);
            Assert.Equal(expected, all.Values);
            rank.AllGather(inPlace.Tensor.Part((long)rank.Rank * count, count), inPlace.Tensor);
            Assert.Equal(expected, inPlace.Values);
        });
    }

    [Fact]
    public void Broadcast_replaces_the_tensor_of_every_rank_by_that_of_the_root()
    {
        CudaRanks.RunAll(4, (rank, device) =>
        {
            for (int root = 0; root < 4; root++)
            {
                using RankTensor tensor = new(device, RankTensor.Draw(rank.Rank, root, 33));
                rank.Broadcast(tensor.Tensor, root);
                Assert.Equal(RankTensor.Draw(root, root, 33), tensor.Values);
            }
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Results_do_not_depend_on_who_comes_when(int ranks)
    {
        const int rounds = 25;
        CudaRanks.RunAll(ranks, (rank, device) =>
        {
            Random delays = new(rank.Rank);
            for (int round = 0; round < rounds; round++)
            {
                int count = 1 + (round * 37 % 500);
                using RankTensor sum = new(device, RankTensor.Draw(rank.Rank, round, count)), all = new(device, new float[count * ranks]);
                Thread.Sleep(delays.Next(2));
                rank.AllReduceSum(sum.Tensor);
                rank.AllGather(sum.Tensor, all.Tensor);
                if (delays.Next(2) == 0)
                {
                    // Whoever looks first makes the devices go on; the others find their results there.
                    Assert.Equal(RankTensor.Sum(ranks, round, count), sum.Values);
                }

                Thread.Sleep(delays.Next(2));
                rank.Barrier();
                Assert.Equal(RankTensor.Sum(ranks, round, count), all.Values[^count..]);
            }
        });
    }

    [Fact]
    public void Barrier_lets_nobody_through_before_the_last_has_come()
    {
        int come = 0;
        CudaRanks.RunAll(4, (rank, _) =>
        {
            for (int round = 1; round <= 20; round++)
            {
                Thread.Sleep(rank.Rank == round % 4 ? 2 : 0);
                Interlocked.Increment(ref come);
                rank.Barrier();
                Assert.True(Volatile.Read(ref come) >= 4 * round);
            }
        });
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Backward_through_gathered_rows_sums_what_every_rank_wants_of_them(ElementType type) => CudaRanks.RunAll(
        3,
        (rank, device) =>
        {
            // Rank r's gradient of gathered row i is (r + 1)·(i + 1); summed over three ranks, 6·(i + 1).
            using OpInputs inputs = new(device, 3);
            Parameter x = inputs.Parameter("x", new Shape(2, 4));
            inputs.FillParameters();
            using Tape tape = new(device);
            OpRun run = new(tape);
            Tensor all = tape.AllGatherRows(rank, run.Read(x));
            Assert.Equal(new Shape(6, 4), all.Shape);
            float[] gradient = [.. Enumerable.Range(0, 24).Select(i => (rank.Rank + 1f) * ((i / 4) + 1))];
            tape.SeedGradient(all, inputs.Constant(all.Shape, gradient));
            tape.BackwardFromSeeds();
            float[] dx = new float[8];
            device.Download(x.Gradient, dx);
            Assert.Equal(Enumerable.Range(0, 8).Select(i => 6f * ((rank.Rank * 2) + (i / 4) + 1)), dx);
        },
        type);

    [Fact]
    public void A_captured_sum_runs_with_every_launch_of_its_graph()
    {
        using CudaRanks ranks = new(2);
        Assert.All(
            ranks.Run((rank, device) =>
            {
                using RankTensor tensor = new(device, [rank.Rank + 1, 10]);
                CudaDriver driver = device.Driver;

                // One rank after the other: a simulated capture refuses what any thread does meanwhile, as drivers do by default.
                if (rank.Rank == 1)
                {
                    rank.Barrier();
                }

                driver.BeginCapture(device.Stream);
                ranks.Group.Library.AllReduceSum(tensor.Tensor.Data, 2, NcclType.Float32, ranks.Group.CommunicatorOf(rank.Rank), device.Stream);
                nint graph = driver.EndCapture(device.Stream);
                if (rank.Rank == 0)
                {
                    rank.Barrier();
                }

                rank.Barrier();
                driver.LaunchGraph(graph, device.Stream);
                driver.LaunchGraph(graph, device.Stream);
                Assert.Equal([6, 40], tensor.Values);
                driver.DestroyGraph(graph);
            }),
            Assert.Null);
    }

    [Fact]
    public unsafe void A_warm_call_allocates_nothing()
    {
        // A library that does nothing: what is taken is Avion's own.
        using CudaRanks ranks = new(2, library: name => name.StartsWith("nccl", StringComparison.Ordinal)
            ? (nint)(delegate* unmanaged<int>)&Succeed : SimulatedDriver.Find(name));
        Assert.All(
            ranks.Run((rank, device) =>
            {
                using RankTensor tensor = new(device, new float[1000]), share = new(device, new float[10]), all = new(device, new float[20]);
                for (int round = 0; round < 200; round++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    rank.AllReduceSum(tensor.Tensor);
                    rank.AllGather(share.Tensor, all.Tensor);
                    rank.ReduceScatterSum(all.Tensor, share.Tensor);
                    rank.Broadcast(share.Tensor, round % 2);
                    rank.Barrier();
                    long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.True(round < 50 || bytes == 0, $"Round {round} allocates {bytes} bytes.");
                }
            }),
            Assert.Null);
    }

    [Fact]
    public void Without_the_library_the_group_says_what_to_do()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(new CudaDriver(name => name == "ncclAllGather" ? 0 : SimulatedDriver.Find(name)));
        Assert.Contains("NCCL has no function ncclAllGather", Assert.Throws<EntryPointNotFoundException>(() => new NcclGroup([device])).Message);
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static int Succeed() => 0;
}
