using System.Diagnostics;

namespace Avion.Compute.Tests;

public sealed unsafe class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void Every_chunk_runs_exactly_once_in_many_small_runs(int threads)
    {
        using WorkerPool pool = new(threads);
        int* counts = stackalloc int[40];
        for (int run = 0; run < 20_000; run++)
        {
            int chunks = run % 40;
            new Span<int>(counts, 40).Clear();
            CountWork work = new() { Counts = counts, Workers = threads };
            pool.Run(chunks, ref work);
            for (int chunk = 0; chunk < 40; chunk++)
            {
                Assert.Equal(chunk < chunks ? 1 : 0, counts[chunk]);
            }
        }
    }

    [Fact]
    public void Late_workers_never_mix_two_jobs()
    {
        // Jobs of different kinds and lengths follow each other at once, with more threads than cores so that workers are late often.
        using WorkerPool pool = new(8);
        long sums = 0, products = 0;
        for (int run = 0; run < 20_000; run++)
        {
            SumWork sum = new() { Total = &sums, Addend = run };
            pool.Run(1 + (run % 5), ref sum);
            ProductWork product = new() { Total = &products, Factor = run };
            pool.Run(1 + (run % 7), ref product);
        }

        Assert.Equal(Enumerable.Range(0, 20_000).Sum(run => (long)run * (1 + (run % 5))), sums);
        Assert.Equal(Enumerable.Range(0, 20_000).Sum(run => 3L * run * (1 + (run % 7))), products);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void First_failure_is_thrown_and_the_pool_stays_usable(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int run = 0; run < 200; run++)
        {
            FailingWork failing = new() { FailingChunk = run % 30 };
            InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pool.Run(30, ref failing));
            Assert.Equal($"chunk {run % 30}", exception.Message);
            int count = 0;
            CountOne work = new() { Count = &count };
            pool.Run(30, ref work);
            Assert.Equal(30, count);
        }
    }

    [Fact]
    public void Worker_begins_with_the_first_chunk_of_its_own_share_in_every_run()
    {
        // Chunks last longer than it takes to wake a worker: each begins with a share of its own, of which nobody had to take anything.
        const int Workers = 3, ChunksOfShare = 2;
        using WorkerPool pool = new(Workers);
        int* workers = stackalloc int[Workers * ChunksOfShare];
        int own = 0;
        const int Runs = 20;
        for (int run = 0; run < Runs; run++)
        {
            OwnerWork work = new() { Owners = workers };
            pool.Run(Workers * ChunksOfShare, ref work);
            Assert.Equal(0, workers[0]);
            own += Enumerable.Range(0, Workers).Count(worker => workers[worker * ChunksOfShare] == worker) == Workers ? 1 : 0;
        }

        // A loaded machine may keep a worker from its core for longer than that now and then.
        Assert.InRange(own, Runs / 2, Runs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Shares_give_every_chunk_once_from_either_end(int workers)
    {
        ChunkShares shares = new(workers);
        for (long job = 1; job < 40; job++)
        {
            // The number of the job is cut to 24 bits.
            shares.Give(job * 1_234_567, (int)job);
            List<int> taken = [];
            for (int worker = 0; worker < workers; worker++)
            {
                for (long left = shares.Left(worker); ChunkShares.Count(left) > 1; left = shares.Left(worker))
                {
                    Assert.True(shares.TryTake(worker, left, isOwn: taken.Count % 2 == 0, out int chunk));
                    Assert.False(shares.TryTake(worker, left, isOwn: true, out _));
                    taken.Add(chunk);
                }
            }

            Assert.Equal(job - taken.Count, shares.TakeAll());
            Assert.Equal(0, shares.TakeAll());
            Assert.Equal(taken.Count, taken.Distinct().Count());
            Assert.All(taken, chunk => Assert.InRange(chunk, 0, (int)job - 1));
        }
    }

    [Fact]
    public void Joint_work_does_every_chunk_of_both_and_spreads_them_evenly()
    {
        int* counts = stackalloc int[18];
        for (int first = 0; first < 9; first++)
        {
            for (int second = 0; second < 9; second++)
            {
                new Span<int>(counts, 18).Clear();
                CountWork one = new() { Counts = counts, Workers = 1 }, other = new() { Counts = counts + 9, Workers = 1 };
                JointWork<CountWork, CountWork> work = new(one, first, other, second);
                Assert.Equal(first + second, work.ChunkCount);
                for (int chunk = 0; chunk < work.ChunkCount; chunk++)
                {
                    work.Execute(chunk, 0);
                    int ofFirst = new ReadOnlySpan<int>(counts, 9).Count(1);
                    Assert.InRange(ofFirst - ((chunk + 1.0) * first / work.ChunkCount), -1, 1);
                }

                for (int chunk = 0; chunk < 9; chunk++)
                {
                    Assert.Equal((chunk < first ? 1 : 0, chunk < second ? 1 : 0), (counts[chunk], counts[9 + chunk]));
                }
            }
        }
    }

    [Fact]
    public void Calls_from_several_threads_take_turns()
    {
        using WorkerPool pool = new(3);
        long total = 0;
        Parallel.For(0, 2000, run =>
        {
            int count = 0;
            CountOne work = new() { Count = &count };
            pool.Run(7, ref work);
            Interlocked.Add(ref total, count);
        });
        Assert.Equal(14_000, total);
    }

    [Fact]
    public void Call_from_inside_a_chunk_runs_on_its_thread()
    {
        using WorkerPool pool = new(3);
        int count = 0;
        NestedWork work = new() { Count = &count, Pool = pool };
        pool.Run(10, ref work);
        Assert.Equal(100, count);
    }

    [Fact]
    public void Run_allocates_nothing()
    {
        using WorkerPool pool = new(3);
        int count = 0;
        CountOne work = new() { Count = &count };
        pool.Run(100, ref work);
        long before = GC.GetAllocatedBytesForCurrentThread();
        pool.Run(100, ref work);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Caller_does_not_wait_for_workers_that_sleep()
    {
        // The caller takes both chunks if the others are asleep; either way the call returns, which a pool that counts workers in
        // would do only after all of them woke up.
        using WorkerPool pool = new(64);
        Thread.Sleep(20);
        int count = 0;
        CountOne work = new() { Count = &count };
        pool.Run(2, ref work);
        Assert.Equal(2, count);
    }

    [Fact]
    public void Caller_sleeps_while_long_chunks_of_others_end()
    {
        using WorkerPool pool = new(4);
        int count = 0;
        for (int run = 0; run < 50; run++)
        {
            PauseWork work = new() { Count = &count };
            pool.Run(1 + (run % 6), ref work);
        }

        Assert.Equal(Enumerable.Range(0, 50).Sum(run => 1 + (run % 6)), count);
    }

    [Fact]
    public void Load_tells_how_long_workers_had_chunks_while_it_is_measured()
    {
        const int Workers = 2, Runs = 5, ChunksOfRun = 3;
        using WorkerPool pool = new(Workers);
        int count = 0;
        PauseWork work = new() { Count = &count };
        pool.Run(ChunksOfRun, ref work);
        Assert.Equal(default, pool.Load);
        pool.MeasuresLoad = true;
        WorkerLoad before = pool.Load;
        for (int run = 0; run < Runs; run++)
        {
            pool.Run(ChunksOfRun, ref work);
        }

        WorkerLoad load = pool.Load.Since(before);
        double busy = Stopwatch.GetElapsedTime(0, load.BusyTicks).TotalMilliseconds;
        Assert.Equal(Runs * ChunksOfRun, load.ChunkCount);
        Assert.True(busy >= Runs * ChunksOfRun * PauseWork.Milliseconds * 0.9, $"{busy} ms in {load.ChunkCount} chunks");
        Assert.InRange(load.SharedTicks, load.BusyTicks / Workers, load.BusyTicks + Stopwatch.Frequency);
    }

    [Fact]
    public void Workers_are_idle_while_one_works_alone_and_while_they_wait_for_the_last_chunk()
    {
        // Of 100 ticks 60 are shared by three workers, who have chunks for 150 of their 180 ticks; in the other 40 two of them wait.
        Assert.Equal(30 + (2 * 40), new WorkerLoad(BusyTicks: 150, SharedTicks: 60, ChunkCount: 9).IdleTicks(100, workerCount: 3));
        Assert.Equal(0, new WorkerLoad(BusyTicks: 0, SharedTicks: 0, ChunkCount: 0).IdleTicks(100, workerCount: 1));
    }

    private struct PauseWork : IParallelWork
    {
        public const int Milliseconds = 2;

        public int* Count;

        public readonly void Execute(int chunk, int worker)
        {
            Thread.Sleep(Milliseconds);
            Interlocked.Increment(ref *Count);
        }
    }

    private struct CountWork : IParallelWork
    {
        public int* Counts;
        public int Workers;

        public readonly void Execute(int chunk, int worker)
        {
            Assert.InRange(worker, 0, Workers - 1);
            Interlocked.Increment(ref Counts[chunk]);
        }
    }

    private struct OwnerWork : IParallelWork
    {
        public int* Owners;

        public readonly void Execute(int chunk, int worker)
        {
            Owners[chunk] = worker;
            Thread.Sleep(2);
        }
    }

    private struct CountOne : IParallelWork
    {
        public int* Count;

        public readonly void Execute(int chunk, int worker) => Interlocked.Increment(ref *Count);
    }

    private struct SumWork : IParallelWork
    {
        public long* Total;
        public long Addend;

        public readonly void Execute(int chunk, int worker) => Interlocked.Add(ref *Total, Addend);
    }

    private struct ProductWork : IParallelWork
    {
        public long Factor;
        public long* Total;

        public readonly void Execute(int chunk, int worker) => Interlocked.Add(ref *Total, 3 * Factor);
    }

    private struct FailingWork : IParallelWork
    {
        public int FailingChunk;

        public readonly void Execute(int chunk, int worker)
        {
            if (chunk == FailingChunk)
            {
                throw new InvalidOperationException($"chunk {chunk}");
            }
        }
    }

    private struct NestedWork : IParallelWork
    {
        public int* Count;
        public WorkerPool Pool;

        public readonly void Execute(int chunk, int worker)
        {
            CountOne inner = new() { Count = Count };
            Pool.Run(10, ref inner);
        }
    }
}
