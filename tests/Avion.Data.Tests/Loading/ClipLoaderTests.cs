using System.Collections.Concurrent;

namespace Avion.Data.Tests;

public sealed class ClipLoaderTests
{
    private static readonly LoaderOptions s_options = new() { FrameCount = 3, Height = 6, Width = 8, ContextLength = 16 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Batches_are_the_same_for_any_number_of_threads(int threads)
    {
        string expected = Fingerprint(s_options with { DecodeThreads = 3 }, RunPosition.Start, 2);
        Assert.Equal(expected, Fingerprint(s_options with { DecodeThreads = threads }, RunPosition.Start, 2));
    }

    [Fact]
    public void A_resumed_loader_continues_with_the_very_next_batch()
    {
        string[] whole = Fingerprint(s_options, RunPosition.Start, 3).Split('\n');
        string[] resumed = Fingerprint(s_options, new RunPosition(1, 2), 3).Split('\n');
        Assert.Equal(whole.Skip(9 + 2), resumed);
    }

    [Fact]
    public void Epochs_differ_in_order_and_give_each_sample_once()
    {
        List<long> ids = [];
        using (ClipLoader loader = Open(s_options, new BatchPlan(37, 4, seed: 5, dropLast: false), endEpoch: 2))
        {
            while (loader.Next() is { } batch)
            {
                ids.AddRange(batch.SampleIds);
                batch.Dispose();
            }
        }

        Assert.Equal(74, ids.Count);
        Assert.Equal(Enumerable.Range(0, 37).Select(i => (long)i), ids.Take(37).Order());
        Assert.Equal(Enumerable.Range(0, 37).Select(i => (long)i), ids.Skip(37).Order());
        Assert.NotEqual(ids.Take(37), ids.Skip(37));
    }

    [Fact]
    public void Captions_are_packed_without_padding_and_end_rows_point_at_their_end()
    {
        using ClipLoader loader = Open(s_options, new BatchPlan(37, 5, seed: 5), endEpoch: 1);
        while (loader.Next() is { } batch)
        {
            using (batch)
            {
                Assert.Equal(0, batch.TokenOffsets[0]);
                Assert.Equal(batch.TokenCount, batch.TokenOffsets[^1]);
                for (int clip = 0; clip < batch.Count; clip++)
                {
                    byte[] caption = Encoding.UTF8.GetBytes($"caption {batch.SampleIds[clip]}");
                    int[] expected = [1, .. caption.Select(b => b + 3), 2];
                    Assert.Equal(expected, batch.TokenIds[batch.TokenOffsets[clip]..batch.TokenOffsets[clip + 1]].ToArray());
                    Assert.Equal(batch.TokenOffsets[clip + 1] - 1, batch.EndOfTextRows[clip]);
                    Assert.Equal((int)(batch.SampleIds[clip] % 7), batch.Labels[clip]);
                }
            }
        }
    }

    [Fact]
    public void A_bad_clip_is_replaced_by_the_same_sample_for_any_number_of_threads_and_reported()
    {
        string[] prints = [.. new[] { 1, 4 }.Select(threads =>
        {
            using ClipLoader loader = Open(
                s_options with { DecodeThreads = threads, BadClipAllowance = 1000 }, new BatchPlan(37, 4, 5), endEpoch: 2,
                beforeRead: FailOnThrees);
            string print = Fingerprint(loader);
            Assert.All(loader.BadClips, bad => Assert.Contains("3", bad.Sample));
            Assert.All(loader.BadClips, bad => Assert.Contains("disk error", bad.Reason));
            Assert.Equal(loader.BadClips.Length, loader.Statistics.BadClips);
            return print + string.Join('\n', loader.BadClips.Select(bad => bad.ToString()));
        })];
        Assert.Equal(prints[0], prints[1]);
        Assert.Contains("disk error", prints[0]);
    }

    [Fact]
    public void A_bad_clip_is_black_and_marked_in_evaluation()
    {
        LoaderOptions options = s_options with { BadClips = BadClipPolicy.Mark, BadClipAllowance = 1000 };
        using ClipLoader loader =
            Open(options, new BatchPlan(37, 4, 5, shuffle: false, dropLast: false), endEpoch: 1, beforeRead: FailOnThrees);
        int seen = 0;
        while (loader.Next() is { } batch)
        {
            using (batch)
            {
                for (int clip = 0; clip < batch.Count; clip++, seen++)
                {
                    bool bad = seen.ToString(System.Globalization.CultureInfo.InvariantCulture).Contains('3');
                    Assert.Equal(seen, batch.SampleIds[clip]);
                    Assert.Equal(bad ? 1 : 0, batch.Missing[clip]);
                    Assert.Equal(bad, batch.Clip(clip).IndexOfAnyExcept((byte)0) < 0);
                    Assert.True(batch.TokenOffsets[clip + 1] > batch.TokenOffsets[clip]);
                }
            }
        }

        Assert.Equal(37, seen);
    }

    [Fact]
    public void Too_many_bad_clips_end_the_run_with_the_rate_and_the_last_reason()
    {
        LoaderOptions options = s_options with { BadClipAllowance = 2, MaximumBadFraction = 0.1 };
        using ClipLoader loader = Open(options, new BatchPlan(37, 4, 5), beforeRead: FailOnThrees);
        DataException error = Assert.Throws<DataException>(() => Fingerprint(loader));
        Assert.Contains("10", error.Message);
        Assert.Contains("disk error", error.Message);
        Assert.Throws<DataException>(() => loader.Next());
    }

    [Fact]
    public void A_run_that_allows_all_clips_to_be_bad_goes_on_as_long_as_one_can_be_read()
    {
        LoaderOptions options = s_options with { BadClipAllowance = 0, MaximumBadFraction = 1 };
        using ClipLoader loader = Open(options, new BatchPlan(37, 4, 5), endEpoch: 2, beforeRead: FailUnlessSeven);
        int batches = 0;
        while (loader.Next() is { } batch)
        {
            batches++;
            batch.Dispose();
        }

        Assert.Equal(18, batches);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Fewer_places_are_bad_than_there_are(double fraction)
    {
        // Those that stand in for bad clips are bad too, again and again.
        LoaderOptions options = s_options with { BadClipAllowance = 0, MaximumBadFraction = fraction };
        using ClipLoader loader = Open(options, new BatchPlan(37, 4, 5), beforeRead: FailUnlessSeven);
        string message = Assert.Throws<DataException>(() => Fingerprint(loader)).Message;
        string[] words = message.Split(' ');
        Assert.True(words[1] == "of" && int.Parse(words[0], CultureInfo.InvariantCulture) <= int.Parse(words[2], CultureInfo.InvariantCulture), message);
    }

    [Fact]
    public void An_error_that_is_no_property_of_a_clip_ends_the_run_with_its_cause()
    {
        using ClipLoader loader = Open(s_options, new BatchPlan(37, 4, 5), beforeRead: _ => throw new InvalidCastException("a bug"));
        DataException error = Assert.Throws<DataException>(() => loader.Next());
        Assert.IsType<InvalidCastException>(error.InnerException);
    }

    [Fact]
    public void A_thread_that_hangs_is_named_instead_of_waited_for()
    {
        using ManualResetEventSlim release = new();
        LoaderOptions options = s_options with { ClipDeadlineSeconds = 0.2 };
        using ClipLoader loader = Open(options, new BatchPlan(37, 4, 5), beforeRead: _ => release.Wait());
        DataException error = Assert.Throws<DataException>(() => loader.Next());
        Assert.Contains("/data/v", error.Message);
        release.Set();
    }

    [Fact]
    public void Cancelling_a_wait_leaves_the_loader_usable()
    {
        using ManualResetEventSlim release = new();
        using ClipLoader loader = Open(s_options, new BatchPlan(37, 4, 5), endEpoch: 1, beforeRead: _ => release.Wait());
        using CancellationTokenSource cancellation = new(millisecondsDelay: 50);
        Assert.Throws<OperationCanceledException>(() => loader.Next(cancellation.Token));
        release.Set();
        Assert.Equal(Fingerprint(s_options, RunPosition.Start, 1), Fingerprint(loader));
    }

    [Fact]
    public void Disposing_stops_the_threads_and_disposes_their_sources_and_frees_all_memory()
    {
        CountingMemory memory = new();
        List<SyntheticSource> sources = [];
        ClipLoader loader = new(
            new SyntheticDataset(37), new BatchPlan(37, 4, 5), null, () => Track(sources), s_options with { DecodeThreads = 3 },
            memory: memory);
        ClipBatch held = loader.Next()!;
        loader.Dispose();
        Assert.All(sources, source => Assert.True(source.Disposed));
        Assert.Equal(3, sources.Count);
        Assert.Equal(1, memory.Live);
        held.Clip(0).Fill(1);
        held.Dispose();
        held.Dispose();
        Assert.Equal(0, memory.Live);
    }

    [Fact]
    public void Memory_is_bounded_when_nobody_takes_batches()
    {
        CountingMemory memory = new();
        ConcurrentBag<int> reads = [];
        using ClipLoader loader = new(
            new SyntheticDataset(1000), new BatchPlan(1000, 4, 5), null, () => new SyntheticSource { ThreadIds = reads }, s_options,
            memory: memory);
        SpinWait.SpinUntil(() => reads.Count == 16, TimeSpan.FromSeconds(10));
        Thread.Sleep(50);
        Assert.Equal(16, reads.Count);
        Assert.Equal(4, memory.Live);
    }

    [Fact]
    public void Holding_more_batches_than_stated_is_an_error_and_not_a_deadlock()
    {
        using ClipLoader loader = Open(s_options with { BatchesAhead = 1, BatchesHeld = 1 }, new BatchPlan(37, 4, 5));
        using ClipBatch first = loader.Next()!;
        using ClipBatch second = loader.Next()!;
        Assert.Throws<InvalidOperationException>(() => loader.Next());
    }

    [Fact]
    public void Draws_of_one_sample_in_a_row_are_read_by_one_thread()
    {
        ConcurrentQueue<(int Thread, string Path)> reads = [];
        LoaderOptions options = s_options with { DecodeThreads = 4 };
        using ClipLoader loader = Open(
            options, new BatchPlan(37, 6, 5, repeats: 3), endEpoch: 1,
            beforeRead: path => reads.Enqueue((Environment.CurrentManagedThreadId, path)));
        while (loader.Next() is { } batch)
        {
            Assert.Equal(2, batch.SampleIds.ToArray().Distinct().Count());
            Assert.False(batch.Clip(0).SequenceEqual(batch.Clip(1)));
            batch.Dispose();
        }

        Assert.All(reads.GroupBy(read => read.Path), group => Assert.Single(group.Select(read => read.Thread).Distinct()));
    }

    private static void FailUnlessSeven(string path)
    {
        if (!path.Contains('7'))
        {
            throw new IOException($"disk error in {path}");
        }
    }

    private static void FailOnThrees(string path)
    {
        if (path.Contains('3'))
        {
            throw new IOException($"disk error in {path}");
        }
    }

    private static SyntheticSource Track(List<SyntheticSource> sources)
    {
        SyntheticSource source = new();
        sources.Add(source);
        return source;
    }

    private static ClipLoader Open(
        LoaderOptions options, BatchPlan plan, RunPosition start = default, int endEpoch = int.MaxValue,
        Action<string>? beforeRead = null) =>
        new(
            new SyntheticDataset(plan.SampleCount),
            plan,
            new ByteEncoder(),
            () => new SyntheticSource { BeforeRead = beforeRead },
            options,
            start,
            endEpoch);

    private static string Fingerprint(LoaderOptions options, RunPosition start, int endEpoch)
    {
        using ClipLoader loader = Open(options, new BatchPlan(37, 4, seed: 5), start, endEpoch);
        return Fingerprint(loader);
    }

    private static string Fingerprint(ClipLoader loader)
    {
        List<string> lines = [];
        while (loader.Next() is { } batch)
        {
            using (batch)
            {
                HashCode hash = default;
                for (int clip = 0; clip < batch.Count; clip++)
                {
                    hash.AddBytes(batch.Clip(clip));
                }

                string samples = string.Join(' ', batch.SampleIds.ToArray()), tokens = string.Join(' ', batch.TokenIds.ToArray());
                lines.Add($"{batch.Position} {hash.ToHashCode()} [{samples}] [{tokens}]");
            }
        }

        return string.Join('\n', lines);
    }
}
