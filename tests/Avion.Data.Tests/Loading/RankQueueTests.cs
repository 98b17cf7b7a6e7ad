using System.Collections.Concurrent;

namespace Avion.Data.Tests;

/// <summary>One loader serves several ranks: together they get what one rank would, and none waits for what it does not need.</summary>
public sealed class RankQueueTests
{
    private const int SampleCount = 37, TotalBatch = 8;

    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(30);

    private static readonly LoaderOptions s_options = new()
    {
        FrameCount = 3, Height = 6, Width = 8, ContextLength = 16, DecodeThreads = 3, BadClipAllowance = 1000,
    };

    [Theory]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    public void Ranks_together_get_the_clips_of_one_rank_with_the_whole_batch(int ranks, bool dropLast)
    {
        (List<string> expected, BadClip[] expectedBad) = ClipsOfRun(1, dropLast, FailOnThrees);
        (List<string> clips, BadClip[] bad) = ClipsOfRun(ranks, dropLast, FailOnThrees);
        Assert.Equal(dropLast ? 2 * 32 : 2 * SampleCount, expected.Count);
        Assert.Equal(expected, clips);
        Assert.NotEmpty(bad);
        Assert.Equal(expectedBad, bad);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 2)]
    public void Repeated_draws_stay_on_one_rank_and_the_step_has_the_same_clips(int ranks, int repeats)
    {
        string[] Step(int count)
        {
            BatchPlan plan = new(SampleCount, 24 / count, seed: 5, worldSize: count, repeats: repeats);
            using ClipLoader loader = Open(plan, count, endEpoch: 1);
            string[][] clips = [.. Enumerable.Range(0, count).Select(rank =>
            {
                using ClipBatch batch = loader.QueueOf(rank).Next()!;
                string[] printed = [.. Enumerable.Range(0, batch.Count).Select(slot => Print(batch, slot))];
                int apart = plan.SlotsBetweenDraws;
                long[] ids = batch.SampleIds.ToArray();
                Assert.All(Enumerable.Range(0, ids.Length), slot => Assert.Equal(ids[slot % apart], ids[slot]));
                Assert.Equal(apart, ids.Distinct().Count());
                Assert.Equal(printed.Length, printed.Distinct().Count());
                return printed;
            })];

            // Ranks take places in turn: slot i of rank r is place i·W + r, by which a step keys its own draws too.
            return [.. Enumerable.Range(0, 24).Select(place => clips[place % count][place / count])];
        }

        Assert.Equal(Step(1), Step(ranks));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Too_many_bad_clips_of_all_ranks_together_end_all_ranks_at_the_same_step(int ranks)
    {
        (int Steps, string Error) expected = Assert.Single(EndsOfRun(1));
        Assert.Contains("clips could not be read, expected at most 20", expected.Error);
        Assert.InRange(expected.Steps, 1, 20);
        Assert.Equal(Enumerable.Repeat(expected, ranks), EndsOfRun(ranks));
    }

    [Fact]
    public void Bad_clips_so_far_are_those_of_all_ranks_up_to_the_step()
    {
        BatchPlan plan = new(SampleCount, 4, seed: 5, worldSize: 2);
        using ClipLoader loader = Open(plan, 2, endEpoch: 1, beforeRead: FailOnThrees);
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            using ClipBatch ahead = loader.QueueOf(1).Next()!, batch = loader.QueueOf(0).Next()!;
            long expected = loader.BadClips.Count(bad => bad.Position.Step <= step);
            Assert.Equal((expected, expected), (batch.BadClipsSoFar, ahead.BadClipsSoFar));
        }

        Assert.Equal(loader.Statistics.BadClips, loader.BadClips.Length);
    }

    [Fact]
    public void A_late_rank_lets_the_others_go_ahead_as_far_as_memory_allows_and_loses_nothing()
    {
        CountingMemory memory = new();
        BatchPlan plan = new(SampleCount, 4, seed: 5, worldSize: 2);
        using ClipLoader loader = new(
            new SyntheticDataset(SampleCount), plan, null, () => new SyntheticSource(), s_options, endEpoch: 3, memory: memory,
            rankCount: 2);
        int steps = s_options.BatchesAhead + s_options.BatchesHeld;
        Assert.Equal(2 * steps, memory.Live);
        for (int step = 0; step < steps; step++)
        {
            using ClipBatch batch = loader.QueueOf(0).Next()!;
            Assert.Equal(step, (int)plan.StepsBefore(batch.Position));
        }

        // The fast rank now waits for the late one, and goes on with every step that the late one gives back.
        using CancellationTokenSource soon = new(millisecondsDelay: 50);
        Assert.Throws<OperationCanceledException>(() => loader.QueueOf(0).Next(soon.Token));
        for (int step = 0; step < steps; step++)
        {
            loader.QueueOf(1).Next()!.Dispose();
            using ClipBatch batch = loader.QueueOf(0).Next()!;
            Assert.Equal(steps + step, (int)plan.StepsBefore(batch.Position));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ranks_of_any_pace_get_every_step_in_order(int ranks)
    {
        BatchPlan plan = new(SampleCount, TotalBatch / ranks, seed: 5, worldSize: ranks);
        using ClipLoader loader = Open(plan, ranks, endEpoch: 40);
        long[] steps = new long[ranks];
        RunRanks(ranks, rank =>
        {
            Random pace = new(rank);
            while (loader.QueueOf(rank).Next() is { } batch)
            {
                Assert.Equal(steps[rank]++, plan.StepsBefore(batch.Position));
                Thread.Sleep(pace.Next(20) == 0 ? 2 : 0);
                batch.Dispose();
            }
        });
        Assert.All(steps, count => Assert.Equal(40 * plan.StepsPerEpoch, count));
        Assert.Equal(ranks * steps[0], loader.Statistics.Batches);
    }

    [Fact]
    public void Disposing_ends_the_waits_of_all_ranks()
    {
        using ManualResetEventSlim release = new();
        BatchPlan plan = new(SampleCount, 4, seed: 5, worldSize: 2);
        ClipLoader loader = Open(plan, 2, beforeRead: _ => release.Wait());
        Thread stopper = new(() =>
        {
            Thread.Sleep(50);
            release.Set();
            loader.Dispose();
        });
        stopper.Start();
        RunRanks(2, rank =>
        {
            ObjectDisposedException? end = null;
            while (end is null)
            {
                end = (ObjectDisposedException?)Record.Exception(() => loader.QueueOf(rank).Next()!.Dispose());
            }
        });
        Assert.True(stopper.Join(s_hang));
    }

    [Fact]
    public void Ranks_that_hold_everything_between_them_get_an_error_and_not_a_deadlock()
    {
        BatchPlan plan = new(SampleCount, 4, seed: 5, worldSize: 2);
        LoaderOptions options = s_options with { BatchesAhead = 1, BatchesHeld = 1 };
        using ClipLoader loader = Open(plan, 2, options: options);
        ConcurrentBag<ClipBatch> held = [];
        ConcurrentBag<string> errors = [];
        using CancellationTokenSource stop = new();
        RunRanks(2, rank =>
        {
            // Rank r gives back all but step r.
            for (int step = 0; step < 2; step++)
            {
                ClipBatch batch = loader.QueueOf(rank).Next()!;
                if (step == rank)
                {
                    held.Add(batch);
                }
                else
                {
                    batch.Dispose();
                }
            }

            try
            {
                loader.QueueOf(rank).Next(stop.Token);
            }
            catch (InvalidOperationException error)
            {
                errors.Add(error.Message);
                stop.Cancel();
            }
            catch (OperationCanceledException)
            {
            }
        });
        Assert.Contains("dispose them, or raise LoaderOptions.BatchesHeld (1)", Assert.Single(errors));
        Assert.All(held, batch => batch.Dispose());
    }

    [Fact]
    public void A_loader_of_several_ranks_has_no_single_next_batch()
    {
        using ClipLoader loader = Open(new BatchPlan(SampleCount, 4, seed: 5, worldSize: 2), 2);
        Assert.Contains("QueueOf", Assert.Throws<InvalidOperationException>(() => loader.Next()).Message);
    }

    private static void FailOnThrees(string path)
    {
        if (path.Contains('3'))
        {
            throw new IOException($"disk error in {path}");
        }
    }

    private static ClipLoader Open(
        BatchPlan plan, int ranks, int endEpoch = int.MaxValue, LoaderOptions? options = null, Action<string>? beforeRead = null) =>
        new(new SyntheticDataset(plan.SampleCount), plan, new ByteEncoder(), () => new SyntheticSource { BeforeRead = beforeRead },
            options ?? s_options, endEpoch: endEpoch, rankCount: ranks);

    /// <summary>Two epochs, every clip described, in the order of one rank with the whole batch: rank after rank for every slot.</summary>
    private static (List<string> Clips, BadClip[] Bad) ClipsOfRun(int ranks, bool dropLast, Action<string> beforeRead)
    {
        BatchPlan plan = new(SampleCount, TotalBatch / ranks, seed: 5, dropLast: dropLast, worldSize: ranks);
        using ClipLoader loader = Open(plan, ranks, endEpoch: 2, beforeRead: beforeRead);
        List<string> clips = [];
        while (loader.QueueOf(0).Next() is { } first)
        {
            ClipBatch[] batches = [first, .. Enumerable.Range(1, ranks - 1).Select(rank => loader.QueueOf(rank).Next()!)];
            for (int place = 0; place < TotalBatch; place++)
            {
                ClipBatch batch = batches[place % ranks];
                int slot = place / ranks;
                if (slot < batch.Count)
                {
                    clips.Add(Print(batch, slot));
                }
            }

            Assert.All(batches, batch => batch.Dispose());
        }

        return (clips, loader.BadClips);
    }

    /// <summary>Steps and error of each rank of a run with more bad clips than it allows.</summary>
    private static (int Steps, string Error)[] EndsOfRun(int ranks)
    {
        LoaderOptions options = s_options with { BadClipAllowance = 5, MaximumBadFraction = 0.2 };
        BatchPlan plan = new(SampleCount, TotalBatch / ranks, seed: 5, worldSize: ranks);
        using ClipLoader loader = Open(plan, ranks, endEpoch: 20, options: options, beforeRead: FailOnThrees);
        (int Steps, string Error)[] ends = new (int, string)[ranks];
        RunRanks(ranks, rank => ends[rank].Error = Assert.Throws<DataException>(() =>
        {
            while (loader.QueueOf(rank).Next() is { } batch)
            {
                ends[rank].Steps++;
                batch.Dispose();
            }
        }).Message);
        return ends;
    }

    private static string Print(ClipBatch batch, int slot)
    {
        HashCode pixels = default;
        pixels.AddBytes(batch.Clip(slot));
        string tokens = string.Join(' ', batch.TokenIds[batch.TokenOffsets[slot]..batch.TokenOffsets[slot + 1]].ToArray());
        return $"{batch.Position} {batch.SampleIds[slot]} {batch.CaptionIds[slot]} {batch.Labels[slot]} {pixels.ToHashCode()} [{tokens}]";
    }

    private static void RunRanks(int ranks, Action<int> body)
    {
        Exception?[] errors = new Exception?[ranks];
        Thread[] threads = [.. Enumerable.Range(0, ranks).Select(rank => 
            new Thread(() => errors[rank] = Record.Exception(() => body(rank))) { IsBackground = true })];
        Assert.All(threads, thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(s_hang), "A rank hangs."));
        Assert.All(errors, Assert.Null);
    }
}
