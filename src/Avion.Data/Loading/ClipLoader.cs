using System.Diagnostics;

namespace Avion.Data;

/// <summary>Decode threads that turn a data set into batches, in an order and with a content that do not depend on their
/// number.</summary>
/// <remarks>
/// Threads take clips in the order of the plan, write each straight into its place in the batch, and the consumer gets finished batches
/// in order. Memory is bounded: a fixed pool of batches is made once, and threads stop when none is free. The loader runs on from epoch
/// to epoch without a gap. A warm batch allocates no managed memory. <see cref="Next"/> is for one consumer thread; everything else may
/// be called from any.
/// </remarks>
public sealed class ClipLoader : IDisposable
{
    private const int WatchMilliseconds = 1000;

    private readonly object _gate = new();
    private readonly BatchPlan _plan;
    private readonly LoaderOptions _options;
    private readonly IBatchMemory _memory;
    private readonly int _endEpoch;
    private readonly ClipBatch?[] _inFlight;
    private readonly Stack<ClipBatch> _free = new();
    private readonly List<ClipBatch> _all = [];
    private readonly DecodeThread[] _threads;
    private readonly BadClipTally _tally;
    private readonly CancellationTokenSource _stop = new();

    // Guarded by _gate: the batch that threads take clips from, and how far.
    private RunPosition _nextPosition;
    private ClipBatch? _issuing;
    private int _issuedUnits;
    private long _issued, _delivered;
    private bool _stopping, _closed;
    private Exception? _fault;

    // Written by the consumer only.
    private long _waitTicks;

    /// <summary>Starts the decode threads.</summary>
    /// <param name="dataset">What to read.</param>
    /// <param name="plan">Which sample stands where.</param>
    /// <param name="encoder">Turns captions into tokens; null leaves them out.</param>
    /// <param name="openSource">Makes one source of frames for each decode thread; the loader disposes them.</param>
    /// <param name="options">Sizes, threads and limits.</param>
    /// <param name="start">The first batch to make: the position a checkpoint holds, for an exact resume.</param>
    /// <param name="endEpoch">The epoch before whose first batch the loader ends; one more than the first for a single pass.</param>
    /// <param name="memory">Where batches live; null for ordinary native memory.</param>
    public ClipLoader(
        IClipDataset dataset,
        BatchPlan plan,
        ICaptionEncoder? encoder,
        Func<IClipSource> openSource,
        LoaderOptions options,
        RunPosition start = default,
        int endEpoch = int.MaxValue,
        IBatchMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(openSource);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (plan.SampleCount != dataset.Count)
        {
            throw new ArgumentException($"The plan is for {plan.SampleCount} samples, the data set has {dataset.Count}.", nameof(plan));
        }

        if ((uint)start.Step >= (uint)plan.StepsPerEpoch || start.Epoch < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"An epoch has the steps 0 to {plan.StepsPerEpoch - 1}.");
        }

        (_plan, _options) = (plan, options);
        _tally = new BadClipTally(options);
        _memory = memory ?? new NativeBatchMemory();
        _nextPosition = start;
        _endEpoch = endEpoch;
        _inFlight = new ClipBatch?[options.BatchesAhead + options.BatchesHeld];
        _threads = new DecodeThread[options.Threads];
        int contextLength = encoder is null ? 0 : options.ContextLength;
        BatchLayout layout = new(plan.BatchSize, options.FrameCount, options.Height, options.Width, contextLength, dataset.LabelCount);
        try
        {
            for (int i = 0; i < _inFlight.Length; i++)
            {
                ClipBatch batch = new(this, layout, _memory.Allocate(layout.TotalBytes));
                _all.Add(batch);
                _free.Push(batch);
            }

            for (int i = 0; i < _threads.Length; i++)
            {
                _threads[i] = new DecodeThread(dataset, plan, encoder, options, openSource(), _stop.Token);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        for (int i = 0; i < _threads.Length; i++)
        {
            DecodeThread state = _threads[i];
            state.Thread = new Thread(() => Run(state)) { IsBackground = true, Name = $"decode {i}" };
            state.Thread.Start();
        }
    }

    /// <summary>What was done so far.</summary>
    public LoaderStatistics Statistics
    {
        get
        {
            long clips = 0, decodeTicks = 0, idleTicks = 0;
            foreach (DecodeThread thread in _threads)
            {
                clips += Volatile.Read(ref thread.Clips);
                decodeTicks += Volatile.Read(ref thread.DecodeTicks);
                idleTicks += Volatile.Read(ref thread.IdleTicks);
            }

            long frames = clips * _options.FrameCount;
            return new LoaderStatistics(
                Volatile.Read(ref _delivered),
                clips,
                frames,
                frames * 3 * _options.Height * _options.Width,
                _tally.Count,
                Seconds(Volatile.Read(ref _waitTicks)),
                Seconds(decodeTicks),
                Seconds(idleTicks));
        }
    }

    /// <summary>The first thousand clips that could not be read, in the order of the run.</summary>
    public BadClip[] BadClips => _tally.ToArray();

    /// <summary>The next batch, or null when the last epoch is over. Dispose the batch when its content is no longer needed.</summary>
    /// <exception cref="DataException">More clips are bad than allowed, or a thread hangs on a file.</exception>
    /// <exception cref="InvalidOperationException">More batches are held than <see cref="LoaderOptions.BatchesHeld"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the loader can go on.</exception>
    public ClipBatch? Next(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_fault is not null)
            {
                throw Failure(_fault);
            }

            ClipBatch? batch = WaitForBatch(cancellation);
            if (batch is null)
            {
                return null;
            }

            _inFlight[(int)(_delivered % _inFlight.Length)] = null;
            Volatile.Write(ref _delivered, _delivered + 1);
            Account(batch);
            batch.Lend();
            return batch;
        }
    }

    /// <summary>Stops and joins the threads and frees the batches; a batch still held stays valid until it is disposed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            _stop.Cancel();
            Monitor.PulseAll(_gate);
        }

        // A thread stuck inside a file system may never end: its memory is given up rather than freed under its feet.
        long started = Stopwatch.GetTimestamp();
        double patience = _options.ClipDeadlineSeconds + 5;
        bool allEnded = true;
        foreach (DecodeThread? state in _threads)
        {
            double left = Math.Max(patience - Seconds(Stopwatch.GetTimestamp() - started), 0);
            bool ended = state?.Thread is null || state.Thread.Join(TimeSpan.FromSeconds(left));
            if (ended)
            {
                state?.Source.Dispose();
            }

            allEnded &= ended;
        }

        lock (_gate)
        {
            _closed = true;
            foreach (ClipBatch batch in _all)
            {
                if (allEnded && !batch.IsLent)
                {
                    _memory.Free(batch.Memory);
                }
            }
        }
    }

    internal void Return(ClipBatch batch)
    {
        lock (_gate)
        {
            if (_closed)
            {
                _memory.Free(batch.Memory);
                return;
            }

            _free.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    private static DataException Failure(Exception fault) =>
        new(fault is DataException ? fault.Message : $"A decode thread failed: {fault.Message}", fault);

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private ClipBatch? WaitForBatch(CancellationToken cancellation)
    {
        int slot = (int)(_delivered % _inFlight.Length);
        if (_inFlight[slot] is { Complete: true } ready)
        {
            return ready;
        }

        long started = Stopwatch.GetTimestamp();
        CancellationTokenRegistration wake = cancellation.UnsafeRegister(static state => ((ClipLoader)state!).Wake(), this);
        try
        {
            return WaitForBatch(slot, cancellation);
        }
        finally
        {
            // Not Dispose, which waits for a running callback, and that waits for the lock held here.
            wake.Unregister();
            Volatile.Write(ref _waitTicks, _waitTicks + (Stopwatch.GetTimestamp() - started));
        }
    }

    private ClipBatch? WaitForBatch(int slot, CancellationToken cancellation)
    {
        while (true)
        {
            if (_inFlight[slot] is { Complete: true } batch)
            {
                return batch;
            }

            if (_delivered == _issued && _issuing is null)
            {
                if (_nextPosition.Epoch >= _endEpoch)
                {
                    return null;
                }

                if (_free.Count == 0)
                {
                    throw new InvalidOperationException(
                        $"All {_inFlight.Length} batches are held by the caller: dispose them, or raise LoaderOptions.BatchesHeld "
                        + $"({_options.BatchesHeld}).");
                }
            }

            cancellation.ThrowIfCancellationRequested();
            Monitor.Wait(_gate, WatchMilliseconds);
            ObjectDisposedException.ThrowIf(_stopping, this);
            CheckForHang();
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Sources keep the deadline themselves between packets; a call that never comes back is noticed here.</summary>
    private void CheckForHang()
    {
        long now = Stopwatch.GetTimestamp();
        foreach (DecodeThread thread in _threads)
        {
            long started = Volatile.Read(ref thread.ClipStarted);
            double seconds = Seconds(now - started);
            if (started != 0 && seconds > (2 * _options.ClipDeadlineSeconds) + 1)
            {
                _fault = new DataException(
                    $"{thread.Thread!.Name} has been reading {thread.DescribeSample()} for {seconds:F0} s, "
                    + $"expected at most {_options.ClipDeadlineSeconds} s. Check the file and the disk it lies on.");
                throw _fault;
            }
        }
    }

    private void Account(ClipBatch batch)
    {
        _tally.Add(batch);
        _fault = batch.Fault ?? _tally.Excess();
        if (_fault is not null)
        {
            _free.Push(batch);
            Monitor.PulseAll(_gate);
            throw Failure(_fault);
        }
    }

    private void Run(DecodeThread state)
    {
        while (Take(state, out ClipBatch? batch, out int firstSlot))
        {
            for (int slot = firstSlot; slot < firstSlot + _plan.Repeats; slot++)
            {
                state.Make(batch, slot);
            }

            if (Interlocked.Decrement(ref batch.UnitsLeft) == 0)
            {
                batch.PackTokens();
                lock (_gate)
                {
                    batch.Complete = true;
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    /// <summary>Takes the next clips of the plan, waiting for a free batch if need be; false when the run ends.</summary>
    private bool Take(DecodeThread state, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ClipBatch? batch, out int firstSlot)
    {
        (batch, firstSlot) = (null, 0);
        lock (_gate)
        {
            while (_issuing is null)
            {
                if (_stopping || _nextPosition.Epoch >= _endEpoch)
                {
                    return false;
                }

                if (_free.TryPop(out ClipBatch? free))
                {
                    Issue(free);
                    continue;
                }

                long started = Stopwatch.GetTimestamp();
                Monitor.Wait(_gate);
                Volatile.Write(ref state.IdleTicks, state.IdleTicks + (Stopwatch.GetTimestamp() - started));
            }

            if (_stopping)
            {
                return false;
            }

            batch = _issuing;
            firstSlot = _issuedUnits++ * _plan.Repeats;
            if (firstSlot + _plan.Repeats >= batch.Count)
            {
                _issuing = null;
            }

            return true;
        }
    }

    private void Issue(ClipBatch batch)
    {
        batch.Begin(_nextPosition, _plan.ClipCount(_nextPosition.Step), _plan.Repeats);
        _inFlight[(int)(_issued++ % _inFlight.Length)] = batch;
        _nextPosition = _plan.Next(_nextPosition);
        _issuedUnits = 0;
        _issuing = batch.Count > 0 ? batch : null;
        Monitor.PulseAll(_gate);
    }
}
