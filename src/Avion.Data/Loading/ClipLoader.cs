using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Avion.Video;

namespace Avion.Data;

/// <summary>Decode threads that turn a data set into batches, in an order and with a content that do not depend on their number.</summary>
/// <remarks>
/// Threads take clips in the order of the plan, write each straight into its place in the batch, and the consumer gets finished batches in
/// order. Memory is bounded: a fixed pool of batches is made once, and threads stop when none is free. The loader runs on from epoch to epoch
/// without a gap. A warm batch allocates no managed memory. <see cref="Next"/> is for one consumer thread; everything else may be called from any.
/// </remarks>
public sealed class ClipLoader : IDisposable
{
    private const int ReplacementAttempts = 8;
    private const int ReportedBadClips = 1000;
    private const int WatchMilliseconds = 1000;

    private readonly object _gate = new();
    private readonly IClipDataset _dataset;
    private readonly BatchPlan _plan;
    private readonly ICaptionEncoder? _encoder;
    private readonly LoaderOptions _options;
    private readonly IBatchMemory _memory;
    private readonly int _endEpoch;
    private readonly ClipBatch?[] _inFlight;
    private readonly Stack<ClipBatch> _free = new();
    private readonly List<ClipBatch> _all = [];
    private readonly DecodeThread[] _threads;
    private readonly List<BadClip> _badClips = [];
    private readonly CancellationTokenSource _stop = new();

    // Guarded by _gate: the batch that threads take clips from, and how far.
    private RunPosition _nextPosition;
    private ClipBatch? _issuing;
    private int _issuedUnits;
    private long _issued, _delivered;
    private bool _stopping;
    private Exception? _fault;

    // Written by the consumer only.
    private long _deliveredClips, _badCount, _waitTicks;

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

        (_dataset, _plan, _encoder, _options) = (dataset, plan, encoder, options);
        _memory = memory ?? new NativeBatchMemory();
        _nextPosition = start;
        _endEpoch = endEpoch;
        _inFlight = new ClipBatch?[options.BatchesAhead + options.BatchesHeld];
        _threads = new DecodeThread[options.Threads];
        BatchLayout layout = new(
            plan.BatchSize, options.FrameCount, options.Height, options.Width, encoder is null ? 0 : options.ContextLength, dataset.LabelCount);
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
                ClipRequest request = new(options.FrameCount, options.Height, options.Width, dataset.LabelCount);
                _threads[i] = new DecodeThread(openSource(), request);
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
                Volatile.Read(ref _badCount),
                Seconds(Volatile.Read(ref _waitTicks)),
                Seconds(decodeTicks),
                Seconds(idleTicks));
        }
    }

    /// <summary>The first thousand clips that could not be read, in the order of the run.</summary>
    public BadClip[] BadClips
    {
        get
        {
            lock (_gate)
            {
                return [.. _badClips];
            }
        }
    }

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
                throw new DataException(_fault.Message, _fault);
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

        bool allEnded = true;
        foreach (DecodeThread? state in _threads)
        {
            // A thread stuck inside a file system may never end: its memory is given up rather than freed under its feet.
            bool ended = state?.Thread is null || state.Thread.Join(TimeSpan.FromSeconds(_options.ClipDeadlineSeconds + 5));
            if (ended)
            {
                state?.Source.Dispose();
            }

            allEnded &= ended;
        }

        lock (_gate)
        {
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
            if (_stopping)
            {
                _memory.Free(batch.Memory);
                return;
            }

            _free.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private static bool IsClipError(Exception error) =>
        error is DataException or VideoException { Kind: not VideoErrorKind.LibraryMissing } or System.IO.IOException or UnauthorizedAccessException or TimeoutException;

    private ClipBatch? WaitForBatch(CancellationToken cancellation)
    {
        int slot = (int)(_delivered % _inFlight.Length);
        if (_inFlight[slot] is { Complete: true } ready)
        {
            return ready;
        }

        long started = Stopwatch.GetTimestamp();
        using CancellationTokenRegistration wake = cancellation.UnsafeRegister(static state => ((ClipLoader)state!).Wake(), this);
        while (true)
        {
            if (_inFlight[slot] is { Complete: true } batch)
            {
                Volatile.Write(ref _waitTicks, _waitTicks + (Stopwatch.GetTimestamp() - started));
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
                        $"All {_inFlight.Length} batches are held by the caller: dispose them, or raise LoaderOptions.BatchesHeld ({_options.BatchesHeld}).");
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
                    $"{thread.Thread!.Name} has been reading {_dataset.Describe(thread.Sample)} for {seconds:F0} s, "
                    + $"expected at most {_options.ClipDeadlineSeconds} s. Check the file and the disk it lies on.");
                throw _fault;
            }
        }
    }

    private void Account(ClipBatch batch)
    {
        _deliveredClips += batch.Count;
        batch.Problems.Sort(static (a, b) => (a.Slot, a.Attempt).CompareTo((b.Slot, b.Attempt)));
        foreach (ClipProblem problem in batch.Problems)
        {
            Volatile.Write(ref _badCount, _badCount + 1);
            if (_badClips.Count < ReportedBadClips)
            {
                _badClips.Add(problem.Clip);
            }
        }

        if (batch.Fault is { } fault)
        {
            _fault = fault;
        }
        else if (_badCount > _options.BadClipAllowance && _badCount > _options.MaximumBadFraction * _deliveredClips)
        {
            BadClip last = _badClips[^1];
            _fault = new DataException(
                $"{_badCount} of {_deliveredClips} clips could not be read, expected at most {_options.MaximumBadFraction:P1}. "
                + $"Last: {last.Sample}: {last.Reason}");
        }

        if (_fault is not null)
        {
            _free.Push(batch);
            Monitor.PulseAll(_gate);
            throw _fault is DataException ? _fault : new DataException($"A decode thread failed: {_fault.Message}", _fault);
        }
    }

    private void Run(DecodeThread state)
    {
        while (Take(state, out ClipBatch? batch, out int firstSlot))
        {
            for (int slot = firstSlot; slot < firstSlot + _plan.Repeats; slot++)
            {
                long started = Stopwatch.GetTimestamp();
                Volatile.Write(ref state.ClipStarted, started);
                try
                {
                    MakeClip(state, batch, slot);
                }
                catch (Exception error)
                {
                    batch.Fail(slot, error);
                }

                Volatile.Write(ref state.ClipStarted, 0);
                Volatile.Write(ref state.DecodeTicks, state.DecodeTicks + (Stopwatch.GetTimestamp() - started));
                Volatile.Write(ref state.Clips, state.Clips + 1);
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

    private void MakeClip(DecodeThread state, ClipBatch batch, int slot)
    {
        SampleKey wanted = _plan.KeyAt(batch.Position, slot);
        SampleKey key = wanted;
        for (int attempt = 0; ; attempt++)
        {
            state.Sample = key;
            try
            {
                state.Request.Clear();
                _dataset.Draw(key, state.Source, state.Request);
                ReadFrames(state, batch.ClipRoom(slot));
                Finish(state, batch, slot, missing: false);
                return;
            }
            catch (Exception error) when (IsClipError(error) && _options.BadClips != BadClipPolicy.Fail)
            {
                BadClip bad = new(batch.Position, key.Index, _dataset.Describe(key), error.Message);
                batch.AddProblem(new ClipProblem(slot, attempt, bad));
                if (_options.BadClips == BadClipPolicy.Mark)
                {
                    batch.ClipRoom(slot).Clear();
                    Finish(state, batch, slot, missing: true);
                    return;
                }

                if (attempt == ReplacementAttempts)
                {
                    throw new DataException(
                        $"{attempt + 1} clips in a row could not be read, the last {bad.Sample}: {bad.Reason} Check the data with 'avion data verify'.", error);
                }

                key = wanted with { Index = Replacement(wanted, attempt) };
            }
        }
    }

    private void ReadFrames(DecodeThread state, Span<byte> clip)
    {
        ClipRequest request = state.Request;
        int frameBytes = clip.Length / request.FrameCount;
        foreach (ClipSegment segment in request.Segments)
        {
            state.Source.Read(
                segment.Video,
                request.Frames.Slice(segment.First, segment.Count),
                request.Transform,
                clip.Slice(segment.First * frameBytes, segment.Count * frameBytes),
                _stop.Token);
        }
    }

    private void Finish(DecodeThread state, ClipBatch batch, int slot, bool missing)
    {
        ClipRequest request = state.Request;
        int tokens = _encoder is not null && request.CaptionId >= 0 && _options.ContextLength > 0
            ? _encoder.Encode(request.Caption.Span, batch.CaptionRoom(slot))
            : 0;
        batch.Describe(slot, request, tokens, missing);
    }

    private int Replacement(in SampleKey wanted, int attempt)
    {
        Compute.CounterRandom random = wanted.Open("replacement");
        int index = random.Next(_plan.SampleCount);
        for (int i = 0; i < attempt; i++)
        {
            index = random.Next(_plan.SampleCount);
        }

        return index;
    }

    private sealed class DecodeThread(IClipSource source, ClipRequest request)
    {
        public readonly IClipSource Source = source;
        public readonly ClipRequest Request = request;
        public Thread? Thread;
        public SampleKey Sample;
        public long ClipStarted, Clips, DecodeTicks, IdleTicks;
    }
}
