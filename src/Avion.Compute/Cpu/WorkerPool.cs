using System.Diagnostics;
using System.Runtime.ExceptionServices;

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
/// the cores, the caller does the work alone. Chunks are taken dynamically, so which worker runs a chunk varies, while what the
/// chunk computes does not: results are bit-identical for any number of threads as long as a kernel cuts its work by shape alone.
/// Calls from several threads take turns; a call from inside a chunk runs its chunks on the thread it is on. No call allocates.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    // About 50 µs: bridges the gap between two kernels of a step, and leaves the core to decoding when there is nothing to do.
    private const int SpinIterations = 200;

    [ThreadStatic]
    private static bool t_insideChunk;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly object _endGate = new();
    private readonly object _runGate = new();

    // The job. Written only while no chunk of any job is left to take; see TryTakeChunk for why workers never mix two jobs.
    private delegate*<void*, int, int, void> _execute;
    private void* _work;
    private int _chunkCount;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Upper half: the job's number. Lower half: how many of its chunks nobody has taken.</summary>
    private long _ticket;

    /// <summary>Chunks of the job that are not finished.</summary>
    private int _unfinished;

    private int _sleepers;
    private int _callerSleeps;
    private volatile bool _stop;

    // The load, counted by each worker for itself; on cache lines of their own, so that counting does not slow the others.
    private const int CountersPerWorker = 16;
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
            // A local variable does not move, and stays until the last chunk is done.
            RunShared(chunkCount, Unsafe.AsPointer(ref work), &Invoke<TWork>);
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

    private void RunShared(int chunkCount, void* work, delegate*<void*, int, int, void> execute)
    {
        long began = _measuresLoad ? Stopwatch.GetTimestamp() : 0;
        _execute = execute;
        _work = work;
        _chunkCount = chunkCount;
        _failure = null;
        _unfinished = chunkCount;

        // The exchange is a full fence: the job is visible before its ticket, and the ticket before the sleepers are counted.
        long job = (_ticket >> 32) + 1;
        Interlocked.Exchange(ref _ticket, (job << 32) | (uint)chunkCount);
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
    /// Where other programs want the cores too, a worker may lose its core within a chunk. It gets another one as soon as one has nothing to
    /// do: so the caller spins no longer than a chunk's end is worth, and then sleeps. Spinning on, it would hold the core that the worker needs.
    /// </remarks>
    private void WaitForEnd()
    {
        for (int spin = 0; spin < SpinIterations; spin++)
        {
            if (Volatile.Read(ref _unfinished) == 0)
            {
                return;
            }

            Thread.SpinWait(8);
        }

        lock (_endGate)
        {
            // A full fence: whoever ends the last chunk later than the look below finds that the caller sleeps.
            Interlocked.Exchange(ref _callerSleeps, 1);
            while (Volatile.Read(ref _unfinished) != 0)
            {
                Monitor.Wait(_endGate);
            }

            _callerSleeps = 0;
        }
    }

    private void EndChunk()
    {
        if (Interlocked.Decrement(ref _unfinished) == 0 && Volatile.Read(ref _callerSleeps) != 0)
        {
            lock (_endGate)
            {
                Monitor.Pulse(_endGate);
            }
        }
    }

    private void Serve(int worker)
    {
        while (WaitForWork())
        {
            TakeChunks(worker);
        }
    }

    private bool WaitForWork()
    {
        for (int spin = 0; spin < SpinIterations && !_stop; spin++)
        {
            if (HasWork)
            {
                return true;
            }

            Thread.SpinWait(8);
        }

        lock (_gate)
        {
            // Counted before the last look: a caller that misses the count has published its ticket before that look.
            Interlocked.Increment(ref _sleepers);
            while (!HasWork && !_stop)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }

        return !_stop;
    }

    private bool HasWork => (uint)Volatile.Read(ref _ticket) != 0;

    private void TakeChunks(int worker)
    {
        t_insideChunk = true;
        while (TryTakeChunk(out int chunk, out void* work, out delegate*<void*, int, int, void> execute))
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

            EndChunk();
        }

        t_insideChunk = false;
    }

    /// <summary>Takes a chunk of the running job, together with what it takes to run it.</summary>
    /// <remarks>
    /// The job is read between reading the ticket and exchanging it. If the exchange succeeds, the ticket, and with it the number
    /// of the job, did not change in between; while a job has chunks left it is not over, so its fields were not rewritten either.
    /// A worker that was late and read the fields of two jobs fails to exchange, and looks again.
    /// </remarks>
    private bool TryTakeChunk(out int chunk, out void* work, out delegate*<void*, int, int, void> execute)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int left = (int)(uint)ticket;
            chunk = Volatile.Read(ref _chunkCount) - left;
            work = _work;
            execute = _execute;
            if (left == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket) == ticket)
            {
                return true;
            }
        }
    }

    private void DropUntakenChunks()
    {
        // The chunk that failed is unfinished still, so the job is this one for as long as this takes.
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int left = (int)(uint)ticket;
            if (left == 0)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket - left, ticket) == ticket)
            {
                Interlocked.Add(ref _unfinished, -left);
                return;
            }
        }
    }
}
