using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Avion.Data;

/// <summary>Steps on their way from decode threads to the ranks of a process, in the order of the run.</summary>
/// <remarks>
/// A fixed number of steps goes round: free, filled by threads, taken by every rank, given back by every rank, free. So memory is
/// bounded, a rank may be ahead of the slowest by as many steps, and what a step holds does not depend on who is late. A step is handed
/// out when the batches of all ranks are whole: then its bad clips are known, whatever the number of ranks.
/// </remarks>
internal sealed class StepQueue
{
    private const int WatchMilliseconds = 1000;

    private readonly object _gate = new();
    private readonly BatchPlan _plan;
    private readonly LoaderOptions _options;
    private readonly int _endEpoch;
    private readonly Func<DataException?> _findHang;
    private readonly LoaderStep[] _steps;
    private readonly LoaderStep?[] _inFlight;
    private readonly Stack<LoaderStep> _free = new();
    private readonly RankState[] _ranks;

    // Guarded by _gate: the step that threads take clips from, and how far.
    private RunPosition _next;
    private LoaderStep? _issuing;
    private int _issuedUnits;
    private long _issued;
    private int _waitingRanks;
    private bool _stopping, _closed;
    private Exception? _fault;
    private long _faultStep;

    /// <summary>Takes the memory of all batches.</summary>
    /// <param name="layout">Sizes of one batch.</param>
    /// <param name="plans">Which sample stands where, for each rank of this process.</param>
    /// <param name="memory">Where batches live.</param>
    /// <param name="options">How many steps go round, and how many clips may be bad.</param>
    /// <param name="start">The first step.</param>
    /// <param name="endEpoch">The epoch before which the run ends.</param>
    /// <param name="findHang">Tells of a thread that hangs.</param>
    public StepQueue(
        in BatchLayout layout, BatchPlan[] plans, IBatchMemory memory, LoaderOptions options, RunPosition start, int endEpoch,
        Func<DataException?> findHang)
    {
        (_plan, Memory, _options, _next, _endEpoch, _findHang) = (plans[0], memory, options, start, endEpoch, findHang);
        BadClips = new BadClipTally(options);
        _ranks = new RankState[plans.Length];
        _steps = new LoaderStep[options.BatchesAhead + options.BatchesHeld];
        _inFlight = new LoaderStep?[_steps.Length];
        ReadOnlySpan<nint> blocks = AllocateAll(memory, layout.TotalBytes, _steps.Length * plans.Length);
        for (int i = 0; i < _steps.Length; i++)
        {
            _steps[i] = new LoaderStep(this, layout, plans, blocks.Slice(i * plans.Length, plans.Length));
            _free.Push(_steps[i]);
        }
    }

    /// <summary>Where batches live.</summary>
    public IBatchMemory Memory { get; }

    /// <summary>The clips that could not be read, of the steps that were handed out.</summary>
    public BadClipTally BadClips { get; }

    /// <summary>Batches handed out, and the time that ranks stood waiting for them.</summary>
    public (long Batches, long WaitTicks) Delivered
    {
        get
        {
            lock (_gate)
            {
                (long batches, long waitTicks) = (0, 0);
                foreach (ref readonly RankState rank in _ranks.AsSpan())
                {
                    (batches, waitTicks) = (batches + rank.Taken, waitTicks + rank.WaitTicks);
                }

                return (batches, waitTicks);
            }
        }
    }

    private bool IsIssued => _issuing is null && _next.Epoch >= _endEpoch;

    /// <summary>For a rank: its batch of the next step, or null when the run is over.</summary>
    public ClipBatch? Next(int rank, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(ClipLoader));
            LoaderStep? step = Ready(rank) ?? Wait(rank, cancellation);
            if (step is null)
            {
                return null;
            }

            Account(step);
            _ranks[rank].Taken++;
            _ranks[rank].Held++;
            step.Batches[rank].Lend();
            return step.Batches[rank];
        }
    }

    /// <summary>For a rank: it is done with a batch.</summary>
    public void Return(ClipBatch batch)
    {
        lock (_gate)
        {
            if (_closed)
            {
                Memory.Free(batch.Memory);
                return;
            }

            _ranks[batch.Rank].Held--;
            if (--batch.Step.NotReturned == 0)
            {
                _free.Push(batch.Step);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>For a thread: the next clips of the run, waiting for a free step if need be; false when the run ends.</summary>
    public bool Take(DecodeThread thread, [NotNullWhen(true)] out LoaderStep? step, out int unit)
    {
        lock (_gate)
        {
            while (_issuing is null && !_stopping && !IsIssued)
            {
                if (_free.TryPop(out LoaderStep? free))
                {
                    Issue(free);
                    continue;
                }

                long started = Stopwatch.GetTimestamp();
                Monitor.Wait(_gate);
                Volatile.Write(ref thread.IdleTicks, thread.IdleTicks + (Stopwatch.GetTimestamp() - started));
            }

            (step, unit) = (_stopping ? null : _issuing, _issuedUnits++);
            if (step is not null && _issuedUnits == step.UnitCount)
            {
                _issuing = null;
            }

            return step is not null;
        }
    }

    /// <summary>For a thread: all batches of a step are whole.</summary>
    public void Complete(LoaderStep step)
    {
        lock (_gate)
        {
            step.IsComplete = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends all waits, of threads and of ranks.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Frees the batches; one that a rank still holds is freed when it gives it back.</summary>
    /// <param name="isWritten">Whether a thread may still write, so that what nobody holds is given up instead.</param>
    public void Close(bool isWritten)
    {
        lock (_gate)
        {
            _closed = true;
            foreach (LoaderStep step in _steps)
            {
                foreach (ClipBatch batch in step.Batches)
                {
                    if (!isWritten && !batch.IsLent)
                    {
                        Memory.Free(batch.Memory);
                    }
                }
            }
        }
    }

    private static DataException Failure(Exception fault) =>
        new(fault is DataException ? fault.Message : $"A decode thread failed: {fault.Message}", fault);

    private static nint[] AllocateAll(IBatchMemory memory, nuint bytes, int count)
    {
        List<nint> blocks = new(count);
        try
        {
            while (blocks.Count < count)
            {
                blocks.Add(memory.Allocate(bytes));
            }
        }
        catch
        {
            blocks.ForEach(memory.Free);
            throw;
        }

        return [.. blocks];
    }

    private void Issue(LoaderStep step)
    {
        step.Begin(_issued, _next);
        _inFlight[(int)(_issued++ % _inFlight.Length)] = step;
        _next = _plan.Next(_next);
        (_issuing, _issuedUnits) = (step.UnitCount > 0 ? step : null, 0);
        Monitor.PulseAll(_gate);
    }

    private LoaderStep? Ready(int rank)
    {
        long wanted = _ranks[rank].Taken;
        if (_fault is not null && wanted >= _faultStep)
        {
            throw Failure(_fault);
        }

        return _inFlight[(int)(wanted % _inFlight.Length)] is { IsComplete: true } step && step.Number == wanted ? step : null;
    }

    private LoaderStep? Wait(int rank, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        CancellationTokenRegistration wake = cancellation.UnsafeRegister(static queue => ((StepQueue)queue!).Wake(), this);
        _waitingRanks++;
        try
        {
            while (_ranks[rank].Taken < _issued || !IsIssued)
            {
                ThrowIfNobodyCanGiveBack(rank);
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate, WatchMilliseconds);
                ObjectDisposedException.ThrowIf(_stopping, typeof(ClipLoader));
                if (Ready(rank) is { } step)
                {
                    return step;
                }

                ThrowIfHanging();
            }

            return null;
        }
        finally
        {
            // Not Dispose, which waits for a running callback, and that waits for the lock held here.
            wake.Unregister();
            _waitingRanks--;
            _ranks[rank].WaitTicks += Stopwatch.GetTimestamp() - started;
        }
    }

    /// <summary>A wait that only this rank could end, or only ranks that wait themselves, is an error.</summary>
    private void ThrowIfNobodyCanGiveBack(int rank)
    {
        bool isStuck = _waitingRanks == _ranks.Length && _free.Count == 0;
        foreach (ref readonly RankState state in _ranks.AsSpan())
        {
            isStuck &= state.Taken == _issued;
        }

        if (isStuck || _ranks[rank].Held == _steps.Length)
        {
            throw new InvalidOperationException(
                $"The batches of all {_steps.Length} steps are held, {_ranks[rank].Held} of them by this caller: dispose them, or raise "
                + $"LoaderOptions.BatchesHeld ({_options.BatchesHeld}).");
        }
    }

    private void ThrowIfHanging()
    {
        if (_findHang() is { } hang)
        {
            (_fault, _faultStep) = (hang, 0);
            Monitor.PulseAll(_gate);
            throw hang;
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Counts a step's bad clips when the first rank takes it, so in the order of the run.</summary>
    private void Account(LoaderStep step)
    {
        if (step.IsAccounted)
        {
            return;
        }

        BadClips.Add(step);
        step.IsAccounted = true;
        foreach (ClipBatch batch in step.Batches)
        {
            batch.BadClipsSoFar = BadClips.Count;
        }

        Exception? fault = step.Fault ?? BadClips.Excess();
        if (fault is not null)
        {
            (_fault, _faultStep) = (fault, step.Number);
            Monitor.PulseAll(_gate);
            throw Failure(fault);
        }
    }

    /// <summary>How far one rank is.</summary>
    private struct RankState
    {
        public long Taken, WaitTicks;
        public int Held;
    }
}
