namespace Avion.CudaSimulator.Tests;

/// <summary>Ranks that disagree, fail, end or are late, and devices that never come to an end: everybody is released, with an error that says
/// who and what.</summary>
public sealed class BrokenNcclGroupTests
{
    [Theory]
    [InlineData("operation", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls Barrier")]
    [InlineData("shape", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls AllReduceSum of Float32 [5]")]
    [InlineData("type", "rank 0 calls AllReduceSum of Float32 [4], rank 2 calls AllReduceSum of BFloat16 [4]")]
    [InlineData("root", "rank 0 calls Broadcast of Float32 [4] from rank 0, rank 2 calls Broadcast of Float32 [4] from rank 1")]
    public void Ranks_that_do_not_agree_all_learn_who_calls_what(string difference, string expected)
    {
        using CudaRanks ranks = new(3);
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            bool odd = rank.Rank == 2;
            using RankTensor tensor = new(device, new float[odd && difference == "shape" ? 5 : 4],
                odd && difference == "type" ? ElementType.BFloat16 : ElementType.Float32);
            rank.Barrier();
            switch (difference)
            {
                case "operation" when odd: rank.Barrier(); break;
                case "root": rank.Broadcast(tensor.Tensor, odd ? 1 : 0); break;
                default: rank.AllReduceSum(tensor.Tensor); break;
            }
        });
        for (int rank = 0; rank < 3; rank++)
        {
            string message = Assert.IsType<CommunicationException>(errors[rank]).Message;
            Assert.StartsWith($"Rank {rank} gives up its call 2, ", message);
            Assert.Contains(expected, message);
        }
    }

    [Fact]
    public void A_rank_that_throws_releases_the_others_with_its_error()
    {
        using CudaRanks ranks = new(2);
        InvalidTimeZoneException cause = new("the disk is on fire");
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            using RankTensor tensor = new(device, new float[4]);
            if (rank.Rank == 1)
            {
                Thread.Sleep(50);
                throw cause;
            }

            rank.AllReduceSum(tensor.Tensor);
        });
        Assert.Same(cause, errors[1]);
        Assert.Equal("Rank 0 gives up its call 1, AllReduceSum of Float32 [4]: rank 1 failed: the disk is on fire.", errors[0]!.Message);
    }

    [Fact]
    public void A_late_rank_is_an_error_for_all_that_names_it()
    {
        using CudaRanks ranks = new(2, patience: TimeSpan.FromSeconds(0.2));
        using ManualResetEventSlim released = new();
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            using RankTensor tensor = new(device, new float[4]);
            if (rank.Rank == 1)
            {
                Assert.True(released.Wait(TimeSpan.FromSeconds(30)));
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
        Assert.All(errors, error => Assert.Contains("rank 1 did not come within 0.2 s, its last call was none, while rank 0 waits in call 1",
            Assert.IsType<CommunicationException>(error).Message));
    }

    [Theory]
    [InlineData("fails", "Rank 0 gives up its call 1, Barrier: rank 1 failed: no more disk.")]
    [InlineData("sleeps", "Rank 0 gives up its call 1, Barrier: the device of rank 0 did not come to an end within 0.3 s, its last call was call 1, Barrier.")]
    [InlineData("is lost", "Rank 0 gives up its call 1, Barrier: a collective of NCCL failed: ncclRemoteError (6): ")]
    public void A_device_that_waits_for_another_that_never_comes_is_given_up(string what, string expected)
    {
        // A launched graph meets no host on its way: what is in it is asked for by this rank's device alone.
        using CudaRanks ranks = new(2, patience: TimeSpan.FromSeconds(what == "sleeps" ? 0.3 : 30));
        using ManualResetEventSlim released = new();
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            using RankTensor tensor = new(device, new float[4]);
            rank.Barrier();
            if (rank.Rank == 1)
            {
                Thread.Sleep(50);
                if (what == "fails")
                {
                    throw new InvalidTimeZoneException("no more disk");
                }

                ranks.Simulated.NcclState = what == "is lost" ? 6 : 0;
                Assert.True(released.Wait(TimeSpan.FromSeconds(30)));
                ranks.Simulated.NcclState = 0;
                return;
            }

            try
            {
                ranks.Group.Library.AllReduceSum(tensor.Tensor.Data, 4, NcclType.Float32, ranks.Group.CommunicatorOf(0), device.Stream);
                device.Synchronize();
            }
            finally
            {
                released.Set();
            }
        });
        Assert.StartsWith(expected, Assert.IsType<CommunicationException>(errors[0]).Message);
    }

    [Fact]
    public void Cancellation_releases_a_host_that_waits_for_its_device()
    {
        using CancellationTokenSource stop = new();
        using CudaRanks ranks = new(2, cancellation: stop.Token);
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            using RankTensor tensor = new(device, new float[4]);
            if (rank.Rank == 1)
            {
                Thread.Sleep(50);
                stop.Cancel();
                return;
            }

            ranks.Group.Library.AllReduceSum(tensor.Tensor.Data, 4, NcclType.Float32, ranks.Group.CommunicatorOf(0), device.Stream);
            device.Synchronize();
        });
        Assert.Contains("the run is cancelled", Assert.IsType<OperationCanceledException>(errors[0]).Message);
    }

    [Fact]
    public void Two_ranks_on_one_card_are_refused_and_nothing_is_left_open()
    {
        using SimulatedGpu gpu = new();
        using (CudaDevice device = new(gpu.Driver))
        {
            CudaException refused = Assert.Throws<CudaException>(() => new NcclGroup([device, device]));
            Assert.Equal("ncclCommInitRank failed: ncclInvalidUsage (5): rank 1 is on the device of another rank.", refused.Message);

            // Connecting takes memory, which a capture cannot hold.
            gpu.Driver.BeginCapture(device.Stream);
            Assert.Contains("ncclCommInitRank is not allowed while a stream is captured", Assert.Throws<CudaException>(() => new NcclGroup([device])).Message);
            Assert.Throws<CudaException>(() => gpu.Driver.EndCapture(device.Stream));
            new NcclGroup([device]).Dispose();
        }

        Assert.Equal(0, gpu.Simulated.OpenHandles);
    }

    [Fact]
    public void The_simulated_library_names_the_ranks_whose_calls_differ()
    {
        using CudaRanks ranks = new(2) { Fails = true };
        Exception?[] errors = ranks.Run((rank, device) =>
        {
            using RankTensor tensor = new(device, new float[4]);
            ranks.Group.Library.AllReduceSum(tensor.Tensor.Data, 4 - rank.Rank, NcclType.Float32, ranks.Group.CommunicatorOf(rank.Rank), device.Stream);
            rank.Barrier();
            device.Synchronize();
        });
        Assert.All(errors, error => Assert.Contains(
            "rank 0 calls ncclAllReduce of 4 elements of type 7, rank 1 calls ncclAllReduce of 3 elements of type 7", error!.Message));
        ranks.Simulated.ForgetFailure();
    }

    [Fact]
    public void The_simulated_library_refuses_what_no_rank_may_ask_for()
    {
        using CudaRanks ranks = new(2);
        Assert.All(
            ranks.Run((rank, device) =>
            {
                using RankTensor tensor = new(device, new float[16]);
                nint data = tensor.Tensor.Data, communicator = ranks.Group.CommunicatorOf(rank.Rank);
                Nccl library = ranks.Group.Library;
                _ = device.Driver;
                Refused(() => library.AllGather(data, data + 4, 4, NcclType.Float32, communicator, device.Stream), 4, "overlaps its result");
                Refused(() => library.AllReduceSum(data, 17, NcclType.Float32, communicator, device.Stream), 4, "ncclAllReduce's source");
                Refused(() => library.AllReduceSum(data, 8, NcclType.UInt8, communicator, device.Stream), 4, "is not there among 2 ranks");
                Refused(() => library.Broadcast(data, 8, NcclType.Float32, 2, communicator, device.Stream), 4, "from rank 2 is not there");
                Refused(() => library.AllReduceSum(data, 8, NcclType.Float32, ranks.Group.CommunicatorOf(1 - rank.Rank), device.Stream), 5,
                    "the stream is of another device");
            }),
            Assert.Null);
    }

    private static void Refused(Action call, int result, string text)
    {
        CudaException refused = Assert.Throws<CudaException>(call);
        Assert.Equal(result, refused.Code);
        Assert.Contains(text, refused.Message);
    }
}
