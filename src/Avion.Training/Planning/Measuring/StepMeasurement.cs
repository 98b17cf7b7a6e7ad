using System.Diagnostics;

namespace Avion.Training;

/// <summary>Takes steps of a recipe as a training takes them, with its loader, ranks, precision and parts,
/// and keeps nothing of them.</summary>
/// <param name="recipe">What to train; its epochs should not end before the time does.</param>
/// <param name="data">Clips.</param>
/// <param name="devices">What trains.</param>
/// <param name="memory">The plan of the recipe's steps.</param>
/// <param name="threads">Compute threads of all ranks; 0: one per processor.</param>
internal sealed class StepMeasurement(Recipe recipe, TrainingData data, DeviceChoice devices, MemoryPlan memory, int threads)
{
    private const int WarmSteps = 2, MostSteps = 500;

    // At a thousandth of the first rate: weights begin at random and the steps are not to lead anywhere.
    private readonly StepSettings _settings = new(recipe.Optimizer.LearningRate * 1e-3);
    private long _step, _firstFresh = long.MaxValue;

    /// <summary>Measures.</summary>
    /// <param name="start">The first batch of clips.</param>
    /// <param name="aloneSeconds">Time for steps on one batch, with nothing read beside them.</param>
    /// <param name="togetherSeconds">Time for steps on batches as they come.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public MeasuredSteps Run(RunPosition start, double aloneSeconds, double togetherSeconds, CancellationToken cancellation)
    {
        using RankGroup group = new(devices, threads);
        group.RequireMemory(memory);
        long? free = group.FreeMemoryBytes;
        StepGate gate = new(group.Failed);
        MeasuredSteps? measured = null;
        group.Run(place =>
        {
            using TrainingRank rank = new(
                TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, place.Device) with { Data = data }), memory,
                place.Communicator);
            if (place.Rank > 0)
            {
                Follow(place, rank, gate, group.Failed);
                return;
            }

            try
            {
                using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, group.Failed);
                (double[] alone, double tokens) = Alone(rank, gate, FeedOf(rank, ahead: 1), start, aloneSeconds, stop.Token);
                (double[] together, LoadShares shares) = Together(rank, gate, FeedOf(rank, recipe.Data.PrefetchBatches), start,
                    togetherSeconds, stop.Token);
                measured = new MeasuredSteps
                {
                    BatchSize = recipe.Train.BatchSize,
                    PartCount = memory.PartCount,
                    Alone = alone,
                    Together = together,
                    Shares = shares,
                    CaptionTokens = tokens,
                    PlannedStepBytes = memory.StepBytesOfRank,
                    UsedStepBytes = rank.Step.Tape.Arena.PeakBytes,
                    DeviceBytes = free - group.FreeMemoryBytes,
                };
            }
            finally
            {
                gate.Close();
            }
        });
        return measured!;
    }

    private ClipFeed FeedOf(TrainingRank rank, int ahead) =>
        new(recipe with { Data = recipe.Data with { PrefetchBatches = ahead } }, data, rank.Task.Clips)
        {
            Augmentations = rank.Task.Augmentations, Memory = DeviceBatchMemory.For(rank.Device),
        };

    /// <summary>Steps on one batch, while decode threads have nothing to do.</summary>
    private (double[] Seconds, double CaptionTokens) Alone(
        TrainingRank rank, StepGate gate, ClipFeed feed, RunPosition start, double seconds, CancellationToken cancellation)
    {
        using ClipLoader loader = feed.OpenTraining(start);
        using ClipBatch batch = loader.QueueOf(0).Next(cancellation)!;
        WaitForIdle(loader, cancellation);
        List<double> times = [];
        long started = Stopwatch.GetTimestamp(), last = started;
        double elapsed = 0;
        for (int step = 0; step < MostSteps && (times.Count == 0 || elapsed < seconds); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            Step(rank, gate, loader, batch);
            long now = Stopwatch.GetTimestamp();
            elapsed = Stopwatch.GetElapsedTime(started, now).TotalSeconds;
            if (step >= WarmSteps || (step > 0 && elapsed > seconds / 2))
            {
                times.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            }

            last = now;
        }

        rank.Step.TryFlush(out _);
        return ([.. times], (double)batch.TokenCount / batch.Count);
    }

    /// <summary>Steps on batches as they come. Those for which clips may have been read ahead while nothing else was done do not count, as
    /// far as the time allows.</summary>
    private (double[] Seconds, LoadShares Shares) Together(
        TrainingRank rank, StepGate gate, ClipFeed feed, RunPosition start, double seconds, CancellationToken cancellation)
    {
        Volatile.Write(ref _firstFresh, _step);
        using ClipLoader loader = feed.OpenTraining(start);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(TimeSpan.FromSeconds(seconds));
        LoadMeter meter = new(loader);
        List<double> times = [];
        using HeldBatch held = new();
        long started = Stopwatch.GetTimestamp(), last = started;
        double waiting = 0;
        int skipped = recipe.Data.PrefetchBatches + 1;
        try
        {
            for (int step = 1; step <= MostSteps; step++)
            {
                long asked = Stopwatch.GetTimestamp();
                ClipBatch batch = loader.QueueOf(0).Next(stop.Token)!;
                waiting += Stopwatch.GetElapsedTime(asked).TotalSeconds;
                using (held.Replace(batch))
                {
                    Step(rank, gate, loader, batch);
                }

                long now = Stopwatch.GetTimestamp();
                times.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                last = now;
                if (step == 1 || step == skipped)
                {
                    meter.Begin(Now());
                    times.Clear();
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The time is over: the steps that were taken count.
        }
        finally
        {
            rank.Step.TryFlush(out _);
        }

        return ([.. times], times.Count > 0 ? meter.Take(Now()).Shares : new LoadShares(double.NaN));

        StepTimes Now() => new(Stopwatch.GetElapsedTime(started).TotalSeconds, waiting, Stepping: 0);
    }

    private void Step(TrainingRank rank, StepGate gate, ClipLoader loader, ClipBatch batch)
    {
        gate.Allow(_step, loader);
        rank.Run(batch, _step++, _settings);
        rank.Step.TryTake(out _);
    }

    /// <summary>The steps of a rank that does not lead: on the batch that it has, until new ones are taken.</summary>
    private void Follow(RankPlace place, TrainingRank rank, StepGate gate, CancellationToken failed)
    {
        using HeldBatch held = new();
        for (long step = 0; gate.WaitFor(step); step++)
        {
            bool isFresh = held.Current is null || step >= Volatile.Read(ref _firstFresh);
            using (isFresh ? held.Replace(gate.Loader.QueueOf(place.Rank).Next(failed)!) : null)
            {
                rank.Run(held.Current!, step, _settings);
                rank.Step.TryTake(out _);
            }
        }

        rank.Step.TryFlush(out _);
    }

    /// <summary>Waits until decode threads have filled all batches there are, for ten seconds at most.</summary>
    private void WaitForIdle(ClipLoader loader, CancellationToken cancellation)
    {
        const int milliseconds = 20, most = 500;

        // One batch ahead, and the two that a rank may hold.
        long clips = 3L * recipe.Train.BatchSize;
        for (int looks = 0; looks < most && loader.Statistics.Clips < clips; looks++)
        {
            cancellation.WaitHandle.WaitOne(milliseconds);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
