namespace Avion.Compute.Tests;

/// <summary>Ranks that disagree, fail, end or are late: everybody is released, with an error that says who and what.</summary>
public sealed class BrokenGroupTests
{
    [Theory]
    [InlineData("operation", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls Barrier")]
    [InlineData("shape", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls AllReduceSum of Float32 [5]")]
    [InlineData("type", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls AllReduceSum of Float64 [4]")]
    [InlineData("root", "rank 0 calls Broadcast of Float32 [4] from rank 0, rank 2 calls Broadcast of Float32 [4] from rank 1")]
    public void Ranks_that_do_not_agree_all_learn_who_calls_what(string difference, string expected)
    {
        using SharedMemoryGroup group = new(4);
        using RankTensor<float> single = new(4), longer = new(5);
        using RankTensor<double> other = new(4);
        Exception?[] errors = RankThreads.Run(group, rank =>
        {
            rank.Barrier();
            bool odd = rank.Rank == 2;
            switch (difference)
            {
                case "operation" when odd: rank.Barrier(); break;
                case "shape" when odd: rank.AllReduceSum(longer.Tensor); break;
                case "type" when odd: rank.AllReduceSum(other.Tensor); break;
                case "root": rank.Broadcast(single.Tensor, odd ? 1 : 0); break;
                default: rank.AllReduceSum(single.Tensor); break;
            }
        });

        for (int rank = 0; rank < 4; rank++)
        {
            string message = Assert.IsType<CommunicationException>(errors[rank]).Message;
            Assert.StartsWith($"Rank {rank} gives up its call 2, ", message);
            Assert.Contains(expected, message);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_rank_that_throws_releases_the_others_with_its_error(int failing)
    {
        using SharedMemoryGroup group = new(3);
        using RankTensor<float> tensor = new(4);
        InvalidTimeZoneException cause = new("the disk is on fire");
        Exception?[] errors = RankThreads.Run(group, rank =>
        {
            rank.Barrier();
            if (rank.Rank == failing)
            {
                Thread.Sleep(50);
                throw cause;
            }

            rank.AllReduceSum(tensor.Tensor);
        });

        for (int rank = 0; rank < 3; rank++)
        {
            if (rank == failing)
            {
                Assert.Same(cause, errors[rank]);
                continue;
            }

            CommunicationException error = Assert.IsType<CommunicationException>(errors[rank]);
            Assert.Equal($"Rank {rank} gives up its call 2, AllReduceSum of Float32 [4]: rank {failing} failed: the disk is on fire.",
                error.Message);
            Assert.Same(cause, error.InnerException);
        }
    }

    [Fact]
    public void A_rank_that_comes_after_another_failed_gets_the_error_at_once()
    {
        using SharedMemoryGroup group = new(2);
        using ReferenceDevice device = new();
        Communicator late = group.Join(1, device);
        group.Fail(0, new InvalidTimeZoneException("gone"));
        for (int call = 1; call <= 3; call++)
        {
            Assert.Contains($"its call {call}, Barrier: rank 0 failed: gone", Assert.Throws<CommunicationException>(() => late.Barrier()).Message);
        }
    }

    [Fact]
    public void A_rank_that_ends_while_another_waits_is_an_error_that_names_it()
    {
        using SharedMemoryGroup group = new(2);
        Exception?[] errors = RankThreads.Run(group, rank =>
        {
            rank.Barrier();
            if (rank.Rank == 0)
            {
                rank.Barrier();
            }
        });
        Assert.Null(errors[1]);
        Assert.Equal("Rank 0 gives up its call 2, Barrier: rank 1 has ended, its last call was call 1, Barrier, "
            + "while rank 0 waits in call 2, Barrier.", Assert.IsType<CommunicationException>(errors[0]).Message);
    }

    [Fact]
    public void A_late_rank_is_an_error_for_all_that_names_it_and_both_calls()
    {
        using SharedMemoryGroup group = new(3, patience: TimeSpan.FromSeconds(0.2));
        using RankTensor<float> tensor = new(4);
        using ManualResetEventSlim released = new();
        Exception?[] errors = RankThreads.Run(group, rank =>
        {
            rank.Barrier(Timeout.InfiniteTimeSpan);
            if (rank.Rank == 1)
            {
                Assert.True(released.Wait(TimeSpan.FromSeconds(30)));
                rank.AllReduceSum(tensor.Tensor);
                return;
            }

            try
            {
                rank.AllReduceSum(tensor.Tensor);
            }
            finally
            {
                released.Set();
            }
        });

        Assert.All(errors, error => Assert.Contains(
            "rank 1 did not come within 0.2 s, its last call was call 1, Barrier, while rank ",
            Assert.IsType<CommunicationException>(error).Message));
    }

    [Fact]
    public void A_call_may_be_given_more_patience_than_the_group()
    {
        using SharedMemoryGroup group = new(2, patience: TimeSpan.FromMilliseconds(50));
        Assert.All(
            RankThreads.Run(group, rank =>
            {
                Thread.Sleep(rank.Rank == 0 ? 300 : 0);
                rank.Barrier(Timeout.InfiniteTimeSpan);
            }),
            Assert.Null);
    }

    [Fact]
    public void Cancellation_releases_the_ranks_that_wait_and_says_in_what()
    {
        using CancellationTokenSource stop = new();
        using SharedMemoryGroup group = new(3, cancellation: stop.Token);
        Exception?[] errors = RankThreads.Run(group, rank =>
        {
            if (rank.Rank == 2)
            {
                Thread.Sleep(50);
                stop.Cancel();
            }

            rank.Barrier(rank.Rank == 2 ? null : Timeout.InfiniteTimeSpan);
        });
        for (int rank = 0; rank < 3; rank++)
        {
            Assert.Equal($"Rank {rank} gives up its call 1, Barrier: the run is cancelled.",
                Assert.IsType<OperationCanceledException>(errors[rank]).Message);
        }
    }

    [Fact]
    public void A_failure_frees_nobody_while_another_still_reads_his_memory()
    {
        // Half of the ranks give their memory back, overwritten, as soon as they are released; sums that are whole must be right.
        for (int round = 0; round < 30; round++)
        {
            using CancellationTokenSource stop = new();
            using SharedMemoryGroup group = new(4, cancellation: stop.Token);
            float expected = 0;
            Exception?[] errors = RankThreads.Run(group, rank =>
            {
                while (true)
                {
                    using RankTensor<float> tensor = new(50_000);
                    tensor.Values.Fill(rank.Rank + 1);
                    try
                    {
                        rank.AllReduceSum(tensor.Tensor);
                        expected = tensor.Values[0];
                        Assert.Equal(-1, tensor.Values.IndexOfAnyExcept(10f));
                    }
                    finally
                    {
                        tensor.Values.Fill(float.NaN);
                    }

                    if (rank.Rank == 0)
                    {
                        stop.CancelAfter(round % 3);
                    }
                }
            });
            Assert.All(errors, error => Assert.IsType<OperationCanceledException>(error));
            Assert.Equal(10, expected);
        }
    }

    [Fact]
    public void A_rank_that_makes_two_calls_at_a_time_is_told_so()
    {
        using SharedMemoryGroup group = new(2);
        using ReferenceDevice device = new();
        Communicator rank = group.Join(0, device);
        Thread waiting = new(() => Assert.Throws<CommunicationException>(() => rank.Barrier())) { IsBackground = true };
        waiting.Start();
        SpinWait.SpinUntil(() => (waiting.ThreadState & ThreadState.WaitSleepJoin) != 0);
        Assert.Contains("two calls at a time", Assert.Throws<InvalidOperationException>(() => rank.Barrier()).Message);
        group.Leave(1);
        Assert.True(waiting.Join(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anybody_waits()
    {
        using SharedMemoryGroup group = new(2);
        using ReferenceDevice device = new();
        using RankTensor<float> three = new(3);
        Communicator rank = group.Join(0, device);
        Tensor whole = Tensor.Wrap(0, new Shape(4), ElementType.Int32);
        Assert.Contains("Int32 [4]", Assert.Throws<ArgumentException>(() => rank.AllReduceSum(whole)).Message);
        Assert.Contains("2 times as many", Assert.Throws<ArgumentException>(() => rank.AllGather(three.Tensor, three.Tensor)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => rank.Broadcast(three.Tensor, 2));
        Assert.Throws<InvalidOperationException>(() => group.Join(0, device));
    }
}
