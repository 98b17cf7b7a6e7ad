using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>A piece of parallel work, cut into numbered chunks whose number and content depend on shapes alone.</summary>
public interface IParallelWork
{
    /// <summary>Does chunk <paramref name="chunk"/>; chunks must not depend on each other.</summary>
    /// <param name="chunk">0 to the number of chunks minus 1.</param>
    /// <param name="worker">
    /// Which worker runs it, 0 to <see cref="WorkerPool.WorkerCount"/> minus 1, to choose scratch memory of this call; results must
    /// not depend on it.
    /// </param>
    void Execute(int chunk, int worker);
}

/// <summary>Threads that share the chunks of one piece of work at a time.</summary>
/// <remarks>
/// The caller works too, and waits only for chunks that somebody has begun, never for a worker to wake up: when other threads hold
/// the cores, the caller does the work alone. Each worker has a share of the chunks, the same stretch of every job, so that kernels which
/// walk the same rows find them in the cache of the core that wrote them; who is done takes the last chunks of others' shares. So which
/// worker runs a chunk varies, while what the chunk computes does not: results are bit-identical for any number of threads as long as a
/// kernel cuts its work by shape alone.
/// Calls from several threads take turns; a call from inside a chunk runs its chunks on the thread it is on. No call allocates.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    // About 50 µs of spinning bridge the gap between two kernels of a step. To wake a thread that sleeps takes as long again, much longer
    // in a virtual machine: so a worker goes on looking for a while, in which it leaves its core to any other thread that wants it.
    private const int SpinIterations = 200;
    private const int YieldIterations = 400;

    [ThreadStatic]
    private static bool t_insideChunk;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly object _endGate = new();
    private readonly object _runGate = new();

    private Job _job;
    private ExceptionDispatchInfo? _failure;

    private readonly ChunkShares _shares;

    // Two cache lines, which a processor may fetch together. What one thread writes and another waits for lies alone: between distant
    // cores a line takes half a microsecond.
    private const int CacheBytes = 128;

    /// <summary>What is to be done.</summary>
    /// <remarks>
    /// Written only while no chunk of any job is left to take; see <see cref="TryTakeFrom"/> for why workers never mix two jobs.
    /// </remarks>
    [StructLayout(LayoutKind.Explicit, Size = 3 * CacheBytes)]
    private struct Job
    {
        /// <summary>How many jobs were given out so far.</summary>
        [FieldOffset(CacheBytes)]
        public long Number;

        [FieldOffset(CacheBytes + 8)]
        public delegate*<void*, int, int, void> Execute;

        [FieldOffset(CacheBytes + 16)]
        public void* Work;

        [FieldOffset(CacheBytes + 24)]
        public int FirstChunk;

        /// <summary>Chunks that are not finished, or whose worker has not said so yet.</summary>
        [FieldOffset(2 * CacheBytes)]
        public int Unfinished;
    }

    private int _sleepers;
    private int _callerSleeps;
    private volatile bool _stop;

    // The load, counted by each worker for itself; on cache lines of their own, so that counting does not slow the others.
    private const int CountersPerWorker = CacheBytes / sizeof(long);
    private readonly long[] _busyTicks, _chunksDone;
    private long _sharedTicks;
    private volatile bool _measuresLoad;

    /// <summary>Starts the threads.</summary>
    /// <param name="threadCount">Workers, the caller included; 0 for one per core.</param>
    public WorkerPool(int threadCount = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threadCount);
        WorkerCount = threadCount == 0 ? Environment.ProcessorCount : threadCount;
        _busyTicks = new long[WorkerCount * CountersPerWorker];
        _chunksDone = new long[WorkerCount * CountersPerWorker];
        _shares = new ChunkShares(WorkerCount);
        _threads = new Thread[WorkerCount - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"avion compute {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the calling thread included.</summary>
    public int WorkerCount { get; }

    /// <summary>Whether <see cref="Load"/> is counted: two clock readings a chunk.</summary>
    public bool MeasuresLoad
    {
        get => _measuresLoad;
        set => _measuresLoad = value;
    }

    /// <summary>What was counted while <see cref="MeasuresLoad"/> was set; to be read between pieces of work.</summary>
    public WorkerLoad Load
    {
        get
        {
            long busy = 0, chunks = 0;
            for (int worker = 0; worker < WorkerCount; worker++)
            {
                busy += Volatile.Read(ref _busyTicks[worker * CountersPerWorker]);
                chunks += Volatile.Read(ref _chunksDone[worker * CountersPerWorker]);
            }

            return new WorkerLoad(busy, _sharedTicks, chunks);
        }
    }

    /// <summary>Does all chunks and returns when the last is done.</summary>
    /// <param name="chunkCount">How many chunks there are.</param>
    /// <param name="work">The work, in a local variable: its address is given to the other threads.</param>
    /// <exception cref="Exception">What a chunk threw, after all workers have stopped.</exception>
    public void Run<TWork>(int chunkCount, ref TWork work) where TWork : struct, IParallelWork
    {
        if (chunkCount <= 1 || _threads.Length == 0 || t_insideChunk)
        {
            for (int chunk = 0; chunk < chunkCount; chunk++)
            {
                work.Execute(chunk, 0);
            }

            return;
        }

        lock (_runGate)
        {
            for (int first = 0; first < chunkCount; first += ChunkShares.MostChunks)
            {
                // A local variable does not move, and stays until the last chunk is done.
                RunShared(first, Math.Min(ChunkShares.MostChunks, chunkCount - first), Unsafe.AsPointer(ref work), &Invoke<TWork>);
            }
        }
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        _stop = true;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static void Invoke<TWork>(void* work, int chunk, int worker) where TWork : struct, IParallelWork =>
        Unsafe.AsRef<TWork>(work).Execute(chunk, worker);

    private void RunShared(int firstChunk, int chunkCount, void* work, delegate*<void*, int, int, void> execute)
    {
        long began = _measuresLoad ? Stopwatch.GetTimestamp() : 0;
        _job.Execute = execute;
        _job.Work = work;
        _job.FirstChunk = firstChunk;
        _job.Unfinished = chunkCount;
        _failure = null;

        // The job is visible before any share of it. The exchange is a full fence: shares are visible before the sleepers are counted.
        _shares.Give(_job.Number + 1, chunkCount);
        Interlocked.Exchange(ref _job.Number, _job.Number + 1);
        if (Volatile.Read(ref _sleepers) != 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }

        TakeChunks(0);
        WaitForEnd();
        if (began != 0)
        {
            _sharedTicks += Stopwatch.GetTimestamp() - began;
        }

        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    /// <summary>Waits for the chunks that others have begun.</summary>
    /// <remarks>
    /// Where other programs want the cores too, a worker may lose its core within a chunk. It gets another one as soon as one has
    /// nothing to do: so the caller spins no longer than a chunk's end is worth, then leaves its core to whoever wants it, and then sleeps.
    /// Spinning on, it would hold the core that the worker needs.
    /// </remarks>
    private void WaitForEnd()
    {
        for (int turn = 0; turn < SpinIterations + YieldIterations; turn++)
        {
            if (Volatile.Read(ref _job.Unfinished) == 0)
            {
                return;
            }

            Pause(turn);
        }

        lock (_endGate)
        {
            // A full fence: whoever ends the last chunk later than the look below finds that the caller sleeps.
            Interlocked.Exchange(ref _callerSleeps, 1);
            while (Volatile.Read(ref _job.Unfinished) != 0)
            {
                Monitor.Wait(_endGate);
            }

            _callerSleeps = 0;
        }
    }

    /// <summary>Says that chunks are finished; until then their job is not over.</summary>
    private void End(int chunks)
    {
        if (Interlocked.Add(ref _job.Unfinished, -chunks) == 0 && Volatile.Read(ref _callerSleeps) != 0)
        {
            lock (_endGate)
            {
                Monitor.Pulse(_endGate);
            }
        }
    }

    private static void Pause(int turn)
    {
        Thread.SpinWait(8);
        if (turn >= SpinIterations)
        {
            Thread.Yield();
        }
    }

    private void Serve(int worker)
    {
        long seen = 0;
        while (WaitForJobAfter(ref seen))
        {
            TakeChunks(worker);
        }
    }

    /// <summary>Waits until a job has been given out that was not when the worker looked last; false when there will be none.</summary>
    private bool WaitForJobAfter(ref long seen)
    {
        for (int turn = 0; turn < SpinIterations + YieldIterations && !_stop; turn++)
        {
            long number = Volatile.Read(ref _job.Number);
            if (number != seen)
            {
                seen = number;
                return true;
            }

            Pause(turn);
        }

        lock (_gate)
        {
            // Counted before the last look: a caller that misses the count has published its job before that look.
            Interlocked.Increment(ref _sleepers);
            while (Volatile.Read(ref _job.Number) == seen && !_stop)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }

        seen = Volatile.Read(ref _job.Number);
        return !_stop;
    }

    private void TakeChunks(int worker)
    {
        t_insideChunk = true;
        int done = 0;
        while (TryTakeChunk(worker, out int chunk, out void* work, out delegate*<void*, int, int, void> execute))
        {
            long began = _measuresLoad ? Stopwatch.GetTimestamp() : 0;
            try
            {
                execute(work, chunk, worker);
            }
            catch (Exception exception)
            {
                // The first failure is reported; chunks that nobody has begun are dropped.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                DropUntakenChunks();
            }

            if (began != 0)
            {
                _busyTicks[worker * CountersPerWorker] += Stopwatch.GetTimestamp() - began;
                _chunksDone[worker * CountersPerWorker]++;
            }

            done++;
        }

        if (done > 0)
        {
            End(done);
        }

        t_insideChunk = false;
    }

    /// <summary>Takes the first chunk of a worker's own share, or else the last of another's.</summary>
    private bool TryTakeChunk(int worker, out int chunk, out void* work, out delegate*<void*, int, int, void> execute)
    {
        if (TryTakeFrom(worker, isOwn: true, out chunk, out work, out execute))
        {
            return true;
        }

        for (int i = 1; i < WorkerCount; i++)
        {
            if (TryTakeFrom((worker + i) % WorkerCount, isOwn: false, out chunk, out work, out execute))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a chunk of the running job, together with what it takes to run it.</summary>
    /// <remarks>
    /// The job is read between reading the share and taking from it. If taking succeeds, the share, and with it the number of the job, did
    /// not change in between; while a share has chunks left its job is not over, so its fields were not rewritten either.
    /// A worker that was late and read the fields of two jobs does not succeed, and looks again.
    /// </remarks>
    private bool TryTakeFrom(int owner, bool isOwn, out int chunk, out void* work, out delegate*<void*, int, int, void> execute)
    {
        while (true)
        {
            long left = _shares.Left(owner);
            chunk = _job.FirstChunk;
            work = _job.Work;
            execute = _job.Execute;
            if (ChunkShares.Count(left) == 0)
            {
                return false;
            }

            if (_shares.TryTake(owner, left, isOwn, out int taken))
            {
                chunk += taken;
                return true;
            }
        }
    }

    private void DropUntakenChunks()
    {
        // The chunk that failed is unfinished still, so the job is this one for as long as this takes.
        int dropped = _shares.TakeAll();
        if (dropped > 0)
        {
            Interlocked.Add(ref _job.Unfinished, -dropped);
        }
    }
}
