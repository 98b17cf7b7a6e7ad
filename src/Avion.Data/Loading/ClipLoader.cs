using System.Diagnostics;

namespace Avion.Data;

/// <summary>Decode threads that turn a data set into batches, in an order and with a content that do not depend on their
/// number.</summary>
/// <remarks>
/// One set of threads serves all ranks of the process. Threads take clips in the order of the plan, write each straight into its place in
/// the batch of its rank, and every rank gets its finished batches in order (<see cref="QueueOf"/>). Memory is bounded: a fixed pool of
/// batches is made once, and threads stop when none is free. The loader runs on from epoch to epoch without a gap. A warm batch allocates
/// no managed memory.
/// </remarks>
public sealed class ClipLoader : IDisposable
{
    private readonly LoaderOptions _options;
    private readonly StepQueue _steps;
    private readonly ClipQueue[] _queues;
    private readonly DecodeThread[] _threads;
    private readonly CancellationTokenSource _stop = new();
    private int _disposed;

    /// <summary>Starts the decode threads.</summary>
    /// <param name="dataset">What to read.</param>
    /// <param name="plan">Which sample stands where, for the first rank of this process.</param>
    /// <param name="encoder">Turns captions into tokens; null leaves them out.</param>
    /// <param name="openSource">Makes one source of frames for each decode thread; the loader disposes them.</param>
    /// <param name="options">Sizes, threads and limits.</param>
    /// <param name="start">The first batch to make: the position a checkpoint holds, for an exact resume.</param>
    /// <param name="endEpoch">The epoch before whose first batch the loader ends; one more than the first for a single pass.</param>
    /// <param name="memory">Where batches live; null for ordinary native memory.</param>
    /// <param name="rankCount">Ranks of this process: that of the plan, and those that follow it.</param>
    public ClipLoader(
        IClipDataset dataset,
        BatchPlan plan,
        ICaptionEncoder? encoder,
        Func<IClipSource> openSource,
        LoaderOptions options,
        RunPosition start = default,
        int endEpoch = int.MaxValue,
        IBatchMemory? memory = null,
        int rankCount = 1)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(openSource);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rankCount);
        options.Validate();
        if (plan.SampleCount != dataset.Count)
        {
            throw new ArgumentException($"The plan is for {plan.SampleCount} samples, the data set has {dataset.Count}.", nameof(plan));
        }

        if ((uint)start.Step >= (uint)plan.StepsPerEpoch || start.Epoch < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"An epoch has the steps 0 to {plan.StepsPerEpoch - 1}.");
        }

        _options = options;
        _threads = new DecodeThread[options.Threads];
        BatchPlan[] plans = [.. Enumerable.Range(plan.Rank, rankCount).Select(plan.ForRank)];
        int contextLength = encoder is null ? 0 : options.ContextLength;
        _steps = new StepQueue(
            new BatchLayout(plan.BatchSize, options.FrameCount, options.Height, options.Width, contextLength, dataset.LabelCount),
            plans, memory ?? new NativeBatchMemory(), options, start, endEpoch, FindHang);
        _queues = [.. Enumerable.Range(0, rankCount).Select(rank => new ClipQueue(_steps, rank))];
        try
        {
            for (int i = 0; i < _threads.Length; i++)
            {
                _threads[i] = new DecodeThread(dataset, encoder, options, openSource(), _stop.Token);
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

    /// <summary>Threads that make clips.</summary>
    public int ThreadCount => _threads.Length;

    /// <summary>Ranks that are served.</summary>
    public int RankCount => _queues.Length;

    /// <summary>What was done so far, for all ranks.</summary>
    public LoaderStatistics Statistics
    {
        get
        {
            long clips = 0, decodeTicks = 0, idleTicks = 0, readTicks = 0, bytesRead = 0;
            foreach (DecodeThread thread in _threads)
            {
                clips += Volatile.Read(ref thread.Clips);
                decodeTicks += Volatile.Read(ref thread.DecodeTicks);
                idleTicks += Volatile.Read(ref thread.IdleTicks);
                readTicks += Volatile.Read(ref thread.ReadTicks);
                bytesRead += Volatile.Read(ref thread.BytesRead);
            }

            long frames = clips * _options.FrameCount;
            (long batches, long waitTicks) = _steps.Delivered;
            return new LoaderStatistics(
                batches,
                clips,
                frames,
                frames * 3 * _options.Height * _options.Width,
                _steps.BadClips.Count,
                Seconds(waitTicks),
                Seconds(decodeTicks),
                Seconds(idleTicks),
                Seconds(readTicks),
                bytesRead);
        }
    }

    /// <summary>The first thousand clips that could not be read, in the order of the run.</summary>
    public BadClip[] BadClips => _steps.BadClips.ToArray();

    /// <summary>The batches of one rank.</summary>
    /// <param name="rank">Which of this process's ranks, from 0.</param>
    public ClipQueue QueueOf(int rank) => _queues[rank];

    /// <summary>The next batch of a loader for one rank; see <see cref="ClipQueue.Next"/>.</summary>
    /// <exception cref="InvalidOperationException">The loader serves several ranks.</exception>
    public ClipBatch? Next(CancellationToken cancellation = default) => _queues.Length == 1
        ? _queues[0].Next(cancellation)
        : throw new InvalidOperationException($"The loader serves {_queues.Length} ranks: take batches from QueueOf(rank).");

    /// <summary>Stops and joins the threads and frees the batches; a batch still held stays valid until it is disposed.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        _steps.Stop();
        _stop.Cancel();

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

        _steps.Close(isWritten: !allEnded);
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private void Run(DecodeThread state)
    {
        while (_steps.Take(state, out LoaderStep? step, out int unit))
        {
            (ClipBatch batch, int firstSlot) = step.Unit(unit);
            for (int draw = 0; draw < batch.Plan.Repeats; draw++)
            {
                state.Make(batch, firstSlot + (draw * batch.Plan.SlotsBetweenDraws));
            }

            if (Interlocked.Decrement(ref batch.UnitsLeft) == 0)
            {
                batch.PackTokens();
                if (Interlocked.Decrement(ref step.BatchesLeft) == 0)
                {
                    _steps.Complete(step);
                }
            }
        }
    }

    /// <summary>Sources keep the deadline themselves between packets; a call that never comes back is noticed here.</summary>
    private DataException? FindHang()
    {
        long now = Stopwatch.GetTimestamp();
        foreach (DecodeThread thread in _threads)
        {
            long started = Volatile.Read(ref thread.ClipStarted);
            double seconds = Seconds(now - started);
            if (started != 0 && seconds > (2 * _options.ClipDeadlineSeconds) + 1)
            {
                return new DataException(
                    $"{thread.Thread!.Name} has been reading {thread.DescribeSample()} for {seconds:F0} s, "
                    + $"expected at most {_options.ClipDeadlineSeconds} s. Check the file and the disk it lies on.");
            }
        }

        return null;
    }
}
