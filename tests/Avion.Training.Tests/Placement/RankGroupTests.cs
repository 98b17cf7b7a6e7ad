namespace Avion.Training.Tests;

public sealed class RankGroupTests
{
    [Fact]
    public void Every_rank_has_a_thread_a_device_and_its_share_of_the_compute_threads()
    {
        using RankGroup group = new(DeviceChoice.Of(new DeviceList(3)), threads: 7);
        int[] threads = new int[3], workers = new int[3];
        group.Run(place =>
        {
            threads[place.Rank] = Environment.CurrentManagedThreadId;
            workers[place.Rank] = ((CpuDevice)place.Device).Workers.WorkerCount;
            Assert.Equal((place.Rank, 3), (place.Communicator.Rank, place.Communicator.RankCount));
            place.Communicator.Barrier();
        });
        Assert.Equal(3, threads.Distinct().Count());
        Assert.Equal(Environment.CurrentManagedThreadId, threads[0]);
        Assert.Equal([3, 2, 2], workers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void The_first_error_ends_all_ranks_and_is_the_error_of_the_group(int failing)
    {
        using RankGroup group = new(DeviceChoice.Of(new DeviceList(4)), threads: 4);
        InvalidTimeZoneException cause = new("rank on fire");
        Exception?[] others = new Exception?[4];
        Exception error = Assert.Throws<InvalidTimeZoneException>(() => group.Run(place =>
        {
            place.Communicator.Barrier();
            if (place.Rank == failing)
            {
                throw cause;
            }

            others[place.Rank] = Record.Exception(() => place.Communicator.Barrier());
            throw others[place.Rank]!;
        }));
        Assert.Same(cause, error);
        Assert.True(group.Failed.IsCancellationRequested);
        Assert.Same(cause, Assert.Throws<InvalidTimeZoneException>(group.ThrowIfFailed));
        foreach (int rank in Enumerable.Range(0, 4).Where(rank => rank != failing))
        {
            Assert.Contains($"rank {failing} failed: rank on fire", Assert.IsType<CommunicationException>(others[rank]).Message);
        }
    }

    [Fact]
    public void A_gate_lets_ranks_take_the_steps_that_are_allowed_and_no_others()
    {
        StepGate gate = new(CancellationToken.None);
        long taken = -1;
        Thread follower = new(() =>
        {
            for (long step = 0; gate.WaitFor(step); step++)
            {
                Volatile.Write(ref taken, step);
            }
        });
        follower.Start();
        Assert.Throws<InvalidOperationException>(() => gate.Loader);
        using ClipLoader loader = new ClipFeed(BrightnessRun.Recipe("none"), BrightnessRun.Data(), new ClipForm(1, 8, 8, LabelCount: 1))
            .OpenTraining(RunPosition.Start);
        gate.Allow(0, loader);
        gate.Allow(1, loader);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref taken) == 1, TimeSpan.FromSeconds(30)));
        Assert.False(follower.Join(50));
        gate.Close();
        Assert.True(follower.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, taken);
    }

    [Fact]
    public void A_gate_closes_when_a_rank_fails()
    {
        using CancellationTokenSource failed = new();
        StepGate gate = new(failed.Token);
        failed.CancelAfter(20);
        Assert.False(gate.WaitFor(0));
    }
}
