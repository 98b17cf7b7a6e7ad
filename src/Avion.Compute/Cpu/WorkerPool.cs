using System;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Avion.Compute;

/// <summary>A piece of parallel work, cut into numbered chunks whose number and content depend on shapes alone.</summary>
public interface IParallelWork
{
    /// <summary>Does chunk <paramref name="chunk"/>; chunks must not depend on each other.</summary>
    /// <param name="chunk">0 to the number of chunks minus 1.</param>
    /// <param name="worker">Which worker runs it, to choose scratch memory; results must not depend on it.</param>
    void Execute(int chunk, int worker);
}

/// <summary>Threads that share the chunks of one piece of work at a time.</summary>
/// <remarks>
/// The caller works too. Chunks are taken dynamically, so which worker runs a chunk varies, while what the chunk computes does not:
/// results are bit-identical for any number of threads as long as a kernel cuts its work by shape alone. No call allocates.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    // Long enough to bridge the gap between two kernels of a step, short enough to leave the core to decoding when idle.
    private const int SpinIterations = 2000;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly object _runGate = new();
    private delegate*<void*, int, int, void> _execute;
    private void* _work;
    private int _chunkCount;
    private int _nextChunk;
    private int _busyWorkers;
    private volatile int _generation;
    private volatile bool _stop;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="threadCount">Workers, the caller included; 0 for one per core.</param>
    public WorkerPool(int threadCount = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threadCount);
        WorkerCount = threadCount == 0 ? Environment.ProcessorCount : threadCount;
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

    /// <summary>Does all chunks and returns when the last is done.</summary>
    /// <param name="chunkCount">How many chunks there are.</param>
    /// <param name="work">The work, in a local variable: its address is given to the other threads.</param>
    /// <exception cref="Exception">What a chunk threw, after all workers have stopped.</exception>
    public void Run<TWork>(int chunkCount, ref TWork work) where TWork : struct, IParallelWork
    {
        if (chunkCount <= 1 || _threads.Length == 0)
        {
            for (int chunk = 0; chunk < chunkCount; chunk++)
            {
                work.Execute(chunk, 0);
            }

            return;
        }

        lock (_runGate)
        {
            // A local variable does not move, and stays until the last worker is done.
            RunShared(chunkCount, Unsafe.AsPointer(ref work), &Invoke<TWork>);
        }
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        _stop = true;
        lock (_gate)
        {
            _generation++;
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
        _execute = execute;
        _work = work;
        _chunkCount = chunkCount;
        _failure = null;
        Volatile.Write(ref _nextChunk, 0);
        Volatile.Write(ref _busyWorkers, _threads.Length);
        lock (_gate)
        {
            _generation++;
            Monitor.PulseAll(_gate);
        }

        TakeChunks(0);
        SpinWait spin = default;
        while (Volatile.Read(ref _busyWorkers) != 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _failure?.Throw();
    }

    private void Serve(int worker)
    {
        int seen = 0;
        while (true)
        {
            WaitForWork(ref seen);
            if (_stop)
            {
                return;
            }

            TakeChunks(worker);
            Interlocked.Decrement(ref _busyWorkers);
        }
    }

    private void WaitForWork(ref int seen)
    {
        for (int spin = 0; spin < SpinIterations && _generation == seen; spin++)
        {
            Thread.SpinWait(8);
        }

        if (_generation == seen)
        {
            lock (_gate)
            {
                while (_generation == seen)
                {
                    Monitor.Wait(_gate);
                }
            }
        }

        seen = _generation;
    }

    private void TakeChunks(int worker)
    {
        while (true)
        {
            int chunk = Interlocked.Increment(ref _nextChunk) - 1;
            if (chunk >= _chunkCount)
            {
                return;
            }

            try
            {
                _execute(_work, chunk, worker);
            }
            catch (Exception exception)
            {
                // The first failure is reported; the remaining chunks are not started.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                Volatile.Write(ref _nextChunk, _chunkCount);
            }
        }
    }
}
