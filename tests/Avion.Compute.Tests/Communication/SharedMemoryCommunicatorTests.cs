using System.Numerics;

namespace Avion.Compute.Tests;

/// <summary>What the operations compute, against plain loops, to the last bit.</summary>
public sealed class SharedMemoryCommunicatorTests
{
    public static TheoryData<int, int> Sizes
    {
        get
        {
            TheoryData<int, int> sizes = [];
            foreach (int ranks in (int[])[1, 2, 3, 4, 8])
            {
                foreach (int count in (int[])[0, 1, 15, 16, 129, 100_003])
                {
                    sizes.Add(ranks, count);
                }
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void All_reduce_sums_in_rank_order_to_the_same_bits_on_every_rank(int ranks, int count)
    {
        AllReduces<float>(ranks, count, rank => new CpuDevice(1 + (rank % 2), new ManagedMatrixLibrary()));
        AllReduces<double>(ranks, count, _ => new ReferenceDevice());
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Reduce_scatter_leaves_each_rank_its_share_of_the_sum(int ranks, int count)
    {
        float[] sum = RankTensor<float>.Sum(ranks, 1, ranks * count);
        RankThreads.RunAll(ranks, rank =>
        {
            using RankTensor<float> source = Filled<float>(rank.Rank, 1, ranks * count), share = new(count);
            rank.ReduceScatterSum(source.Tensor, share.Tensor);
            Assert.Equal(sum.AsSpan(rank.Rank * count, count), share.Values);
            Assert.Equal(RankTensor<float>.Draw(rank.Rank, 1, ranks * count), source.Values);

            // In place: the share is part of the source.
            rank.ReduceScatterSum(source.Tensor, source.Tensor.Part((long)rank.Rank * count, count));
            Assert.Equal(sum.AsSpan(rank.Rank * count, count), source.Values.Slice(rank.Rank * count, count));
        });
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void All_gather_puts_the_tensors_of_all_ranks_in_rank_order(int ranks, int count)
    {
        double[] expected = [.. Enumerable.Range(0, ranks).SelectMany(rank => RankTensor<double>.Draw(rank, 2, count))];
        RankThreads.RunAll(ranks, rank =>
        {
            using RankTensor<double> source = Filled<double>(rank.Rank, 2, count), all = new(ranks * count);
            rank.AllGather(source.Tensor, all.Tensor);
            Assert.Equal(expected, all.Values);

            // In place: the source is this rank's share.
            all.Values.Clear();
            source.Values.CopyTo(all.Values[(rank.Rank * count)..]);
            rank.AllGather(all.Tensor.Part((long)rank.Rank * count, count), all.Tensor);
            Assert.Equal(expected, all.Values);
        });
    }

    [Fact]
    public void Broadcast_replaces_the_tensor_of_every_rank_by_that_of_the_root()
    {
        RankThreads.RunAll(4, rank =>
        {
            for (int root = 0; root < 4; root++)
            {
                using RankTensor<float> tensor = Filled<float>(rank.Rank, root, 33);
                rank.Broadcast(tensor.Tensor, root);
                Assert.Equal(RankTensor<float>.Draw(root, root, 33), tensor.Values);
            }
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Results_do_not_depend_on_who_comes_when(int ranks)
    {
        const int rounds = 60;
        RankThreads.RunAll(ranks, rank =>
        {
            Random delays = new(rank.Rank);
            for (int round = 0; round < rounds; round++)
            {
                // Memory is taken and freed around each call, so that a rank that reads too late reads something else.
                int count = 1 + (round * 37 % 500);
                using RankTensor<float> sum = Filled<float>(rank.Rank, round, count), all = new(count * ranks);
                Delay(delays);
                rank.AllReduceSum(sum.Tensor);
                Assert.Equal(RankTensor<float>.Sum(ranks, round, count), sum.Values);
                Delay(delays);
                rank.AllGather(sum.Tensor, all.Tensor);
                Assert.Equal(sum.Values, all.Values[^count..]);
                all.Values.Clear();
                Delay(delays);
                rank.Barrier();
            }
        });
    }

    [Fact]
    public void Barrier_lets_nobody_through_before_the_last_has_come()
    {
        int come = 0;
        RankThreads.RunAll(4, rank =>
        {
            for (int round = 1; round <= 50; round++)
            {
                Thread.Sleep(rank.Rank == round % 4 ? 2 : 0);
                Interlocked.Increment(ref come);
                rank.Barrier();
                Assert.True(Volatile.Read(ref come) >= 4 * round);
            }
        });
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        RankThreads.RunAll(
            3,
            rank =>
            {
                using RankTensor<float> tensor = new(100_000), share = new(1000), all = new(3000);
                for (int round = 0; round < 200; round++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    rank.AllReduceSum(tensor.Tensor);
                    rank.AllGather(share.Tensor, all.Tensor);
                    rank.ReduceScatterSum(all.Tensor, share.Tensor);
                    rank.Broadcast(share.Tensor, round % 3);
                    rank.Barrier();
                    long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.True(round < 50 || bytes == 0, $"Round {round} allocates {bytes} bytes.");
                }
            },
            _ => new CpuDevice(2, new ManagedMatrixLibrary()));
    }

    private static void AllReduces<T>(int ranks, int count, Func<int, HostDevice> device) where T : unmanaged, IFloatingPoint<T>
    {
        T[] sum = RankTensor<T>.Sum(ranks, 0, count);
        RankThreads.RunAll(
            ranks,
            rank =>
            {
                using RankTensor<T> tensor = Filled<T>(rank.Rank, 0, count);
                rank.AllReduceSum(tensor.Tensor);
                Assert.Equal(sum, tensor.Values);
            },
            device);
    }

    private static RankTensor<T> Filled<T>(int rank, int round, int count) where T : unmanaged, IFloatingPoint<T>
    {
        RankTensor<T> tensor = new(count);
        RankTensor<T>.Draw(rank, round, count).CopyTo(tensor.Values);
        return tensor;
    }

    private static void Delay(Random delays)
    {
        switch (delays.Next(4))
        {
            case 0: Thread.Sleep(1); break;
            case 1: Thread.SpinWait(delays.Next(3000)); break;
            case 2: Thread.Yield(); break;
            default: break;
        }
    }
}
