using System.Formats.Tar;

namespace Avion.Data.Tests;

/// <summary>A small chunk tree of real H.264 files: 3 chunks of 2 s, 30 frames a second, frame n of the whole video a flat grey of luma
/// 40 + n.</summary>
public sealed class GreyVideos : IDisposable
{
    public const int ChunkSeconds = 2, FirstLuma = 40, FrameCount = 150;

    private readonly TemporaryFolder? _folder;

    public GreyVideos()
    {
        try
        {
            new ClipReader().Dispose();
            _folder = new TemporaryFolder();
            Directory.CreateDirectory(_folder.File("grey.mp4"));
            for (int chunk = 0; chunk < 3; chunk++)
            {
                string lumas = FormattableString.Invariant($"nullsrc=s=96x64:r=30,geq=lum={FirstLuma + (chunk * 60)}+N:cb=128:cr=128,format=yuv420p");
                string file = _folder.File("grey.mp4", FormattableString.Invariant($"{chunk * ChunkSeconds}.mp4"));
                ProcessResult made =
                    ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", lumas, "-frames:v", chunk == 2 ? "30" : "60",
                        "-c:v", "libx264", "-qp", "1", "-g", "20", "-bf", "2", file]).GetAwaiter().GetResult();
                Assert.True(made.ExitCode == 0, made.Error);
            }

            Reason = string.Empty;
        }
        catch (Exception error) when (error is VideoException or System.ComponentModel.Win32Exception)
        {
            Reason = $"needs ffmpeg: {error.Message}";
        }
    }

    public string Reason { get; }

    public string Root
    {
        get
        {
            Assert.SkipUnless(Reason.Length == 0, Reason);
            return _folder!.FullName;
        }
    }

    public void Dispose() => _folder?.Dispose();
}

[Collection(nameof(AloneInTheProcess))]
public sealed class LoaderVideoTests(GreyVideos videos) : IClassFixture<GreyVideos>
{
    private static readonly LoaderOptions s_options = new()
    {
        FrameCount = 4, Height = 32, Width = 48, DecodeThreads = 2, ContextLength = 16,
    };

    [Fact]
    public void Clips_that_span_chunks_hold_the_frames_of_the_whole_video()
    {
        (double Start, double End)[] spans = [(0, 1), (1.5, 3), (0.5, 4.9), (3.9, 4.1), (4.5, 9)];
        using ClipLoader loader = Open(new ChunkTree(videos.Root, GreyVideos.ChunkSeconds), spans);
        using ClipBatch batch = loader.Next()!;
        for (int clip = 0; clip < spans.Length; clip++)
        {
            // Independent of the loader: the middles of four equal parts of the span, cut at the video's last frame.
            double end = Math.Min(spans[clip].End, 149 / 30.0);
            (double first, double last) = (Math.Round(spans[clip].Start * 30), Math.Round(end * 30));
            int[] expected = [.. Enumerable.Range(0, 4).Select(k => (int)(first + ((k + 0.5) * (last - first) / 4)))];
            Assert.Equal(expected, FramesOf(batch, clip));
        }
    }

    [Fact]
    public void Each_file_of_a_clip_is_opened_once()
    {
        // Within the first chunk, over chunks 0 and 1, over all three, and within the last: 1 + 2 + 3 + 1 files.
        (double Start, double End)[] spans = [(0.1, 1.5), (1.5, 3), (0.5, 4.9), (4.2, 4.9)];
        List<VideoClipSource> sources = [];
        using ClipLoader loader = Open(new ChunkTree(videos.Root, GreyVideos.ChunkSeconds), spans, endEpoch: 3, openSource: () =>
        {
            sources.Add(new VideoClipSource());
            return sources[^1];
        });
        for (int epoch = 0; epoch < 3; epoch++)
        {
            loader.Next()!.Dispose();
        }

        // Once more for the rate of the video, asked for on its first chunk, by each thread that comes first.
        Assert.Equal(3 * spans.Length, loader.Statistics.Clips);
        Assert.InRange(sources.Sum(source => source.Counters.FilesOpened), 3 * 7, (3 * 7) + sources.Count);
        Assert.Equal(sources.Sum(source => source.Counters.BytesRead), loader.Statistics.BytesRead);
        Assert.True(loader.Statistics.BytesRead > 0);
        Assert.InRange(loader.Statistics.ReadSeconds, 1e-9, loader.Statistics.DecodeSeconds);
    }

    [Fact]
    public void A_file_that_is_replaced_between_two_questions_is_opened_again()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("0.mp4");
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "0.mp4"), path);
        using VideoClipSource source = new();
        Assert.Equal(60, source.GetShape(new VideoSource(path)).FrameCount);
        Assert.Equal(60, source.GetShape(new VideoSource(path)).FrameCount);
        Assert.Equal(1, source.Counters.FilesOpened);
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "4.mp4"), folder.File("new.mp4"));
        File.Move(folder.File("new.mp4"), path, overwrite: true);
        Assert.Equal(30, source.GetShape(new VideoSource(path)).FrameCount);
        File.Delete(path);
        Assert.Equal(VideoErrorKind.NotFound, Assert.Throws<VideoException>(() => source.GetShape(new VideoSource(path))).Kind);
    }

    [Fact]
    public void Tar_shards_give_the_pixels_of_loose_files()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("in"));
        foreach (string chunk in Directory.GetFiles(Path.Combine(videos.Root, "grey.mp4")))
        {
            Directory.CreateDirectory(folder.File("in", "grey.mp4"));
            File.Copy(chunk, folder.File("in", "grey.mp4", Path.GetFileName(chunk)));
        }

        TarFile.CreateFromDirectory(folder.File("in"), folder.File("shard-007.tar"), includeBaseDirectory: false);
        (double Start, double End)[] spans = [(1.5, 3), (0, 5)];
        using ClipLoader loose = Open(new ChunkTree(videos.Root, GreyVideos.ChunkSeconds), spans);
        using ClipLoader packed = Open(new TarShards(folder.File("shard-{007..007}.tar"), GreyVideos.ChunkSeconds), spans);
        using ClipBatch expected = loose.Next()!, actual = packed.Next()!;
        Assert.True(expected.Clip(0).SequenceEqual(actual.Clip(0)));
        Assert.True(expected.Clip(1).SequenceEqual(actual.Clip(1)));
    }

    /// <summary>Sources of every kind, mixed by shares, with a missing video and repeated draws.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(2, 2)]
    public void Mixed_sources_give_the_same_clips_for_any_number_of_threads_and_ranks_and_after_a_resume(int threads, int ranks)
    {
        using TemporaryFolder folder = new();
        TarFile.CreateFromDirectory(videos.Root, folder.File("0.tar"), includeBaseDirectory: false);
        ClipDataset Of(VideoStore store, FrameSampling frames, params string[] names)
        {
            ClipTable table = new(store.Location);
            for (int clip = 0; clip < 12; clip++)
            {
                table.Add(names[clip % names.Length], new ClipSpan(clip * 0.08, (clip * 0.08) + 1));
                table.AddCaption($"clip {clip}");
            }

            return new ClipDataset(ClipCensus.Take(table, store), frames, new RandomResizedCrop { FlipProbability = 0.5 }, leavesOutAbsent: true);
        }

        MixedDataset mixed = new(
        [
            new MixturePart(Of(new ChunkTree(videos.Root, GreyVideos.ChunkSeconds), new SegmentSampling(jitter: true), "grey", "gone"), 2),
            new MixturePart(Of(new TarShards(folder.FullName, GreyVideos.ChunkSeconds), new StridedSampling(3, jitter: true), "grey.avi"), 0.5),
            new MixturePart(Of(new FileTree(videos.Root), new WindowSampling(2), "grey.mp4/0", "4.mkv"), 1),
        ]);
        Assert.Equal(12 + 6 + 12, mixed.Count);
        Assert.Equal(Clips(threads: 3, ranks: 1, start: default), Clips(threads, ranks, start: default));
        Assert.Equal(Clips(threads: 2, ranks: 1, start: default)[8..], Clips(threads, ranks, start: new RunPosition(0, 1)));

        List<string> Clips(int threads, int ranks, RunPosition start)
        {
            BatchPlan plan = new(mixed.Count, 8 / ranks, seed: 3, worldSize: ranks, repeats: 2);
            using ClipLoader loader = new(mixed, plan, new ByteEncoder(), () => new VideoClipSource(), s_options with { DecodeThreads = threads },
                start, endEpoch: 2, rankCount: ranks);
            List<string> clips = [];
            while (true)
            {
                ClipBatch?[] batches = [.. Enumerable.Range(0, ranks).Select(rank => loader.QueueOf(rank).Next())];
                if (batches[0] is null)
                {
                    Assert.Empty(loader.BadClips);
                    return clips;
                }

                for (int place = 0; place < 8; place++)
                {
                    ClipBatch batch = batches[place % ranks]!;
                    int slot = place / ranks;
                    clips.Add($"{batch.SampleIds[slot]} {batch.CaptionIds[slot]} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(batch.Clip(slot)))}");
                }

                Array.ForEach(batches, batch => batch!.Dispose());
            }
        }
    }

    /// <summary>The index beside whole files tells where they end, also of containers whose headers are not asked: a clip behind it is
    /// found before anything is opened.</summary>
    [Fact]
    public async Task An_index_tells_which_clips_lie_outside_their_video()
    {
        using TemporaryFolder folder = new();
        await RemuxAsync("0.mp4", "two.mkv");
        await RemuxAsync("4.mp4", "one.mkv");
        ClipTable table = new("table");
        foreach ((string video, double start) in new[] { ("two", 0.5), ("two", 2.9), ("two", 3.1), ("one", 1.9), ("one", 2.1), ("two", 2.5) })
        {
            table.Add(video, new ClipSpan(start, start + 1));
        }

        Assert.Empty(ClipCensus.Take(table, new FileTree(folder.FullName)).Absent);
        TreeIndexing.Run(folder.FullName, withChecksums: false, isForced: false, jobs: 1);
        Assert.Equal([2, 4], ClipCensus.Take(table, new FileTree(folder.FullName)).Absent);

        // At 15 frames a second the sixty frames of the first are four seconds.
        Assert.Equal([], ClipCensus.Take(table, new FileTree(folder.FullName), framesPerSecond: 15).Absent.Except([4]));

        // An index of another file is not believed.
        await RemuxAsync("0.mp4", "one.mkv");
        Assert.Equal([2], ClipCensus.Take(table, new FileTree(folder.FullName)).Absent);

        async Task RemuxAsync(string chunk, string file)
        {
            ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
                ["-v", "error", "-y", "-i", Path.Combine(videos.Root, "grey.mp4", chunk), "-c", "copy", folder.File(file)]);
            Assert.True(made.ExitCode == 0, made.Error);
        }
    }

    [Fact]
    public void Bad_files_are_counted_with_their_reasons_and_the_rest_goes_on()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "good", "empty", "text", "cut" })
        {
            Directory.CreateDirectory(folder.File($"{name}.mp4"));
        }

        byte[] good = File.ReadAllBytes(Path.Combine(videos.Root, "grey.mp4", "0.mp4"));
        File.WriteAllBytes(folder.File("good.mp4", "0.mp4"), good);
        File.WriteAllBytes(folder.File("empty.mp4", "0.mp4"), []);
        File.WriteAllText(folder.File("text.mp4", "0.mp4"), "this is no video");
        File.WriteAllBytes(folder.File("cut.mp4", "0.mp4"), good[..(good.Length / 2)]);
        ClipTable table = new("test");
        foreach (string name in new[] { "good", "empty", "text", "cut", "absent" })
        {
            table.Add(name, new ClipSpan(0, 1));
            table.AddCaption(name);
        }

        ClipDataset dataset =
            new(table, new ChunkTree(folder.FullName, GreyVideos.ChunkSeconds), new SegmentSampling(jitter: false), new WholeFrame());
        LoaderOptions options = s_options with { BadClips = BadClipPolicy.Mark };
        using ClipLoader loader =
            new(dataset, new BatchPlan(5, 5, 0, shuffle: false), new ByteEncoder(), () => new VideoClipSource(), options, endEpoch: 1);
        using ClipBatch batch = loader.Next()!;
        Assert.Equal([0, 1, 1, 1, 1], batch.Missing.ToArray().Select(flag => (int)flag));
        Assert.Equal(4, batch.MissingCount);
        Assert.Equal(["empty", "text", "cut", "absent"], loader.BadClips.Select(bad => bad.Sample.Split(' ')[0]));
        Assert.All(loader.BadClips, bad => Assert.Contains(bad.Sample.Split(' ')[0], bad.Reason));
    }

    [Fact]
    public void A_warm_batch_of_real_video_allocates_no_managed_memory()
    {
        (double Start, double End)[] spans = [.. Enumerable.Range(0, 16).Select(i => (i * 0.25, (i * 0.25) + 1))];
        using ClipLoader loader = Open(new ChunkTree(videos.Root, GreyVideos.ChunkSeconds), spans, batchSize: 4, endEpoch: int.MaxValue);
        for (int i = 0; i < 24; i++)
        {
            loader.Next()!.Dispose();
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 64; i++)
        {
            loader.Next()!.Dispose();
        }

        // One object a clip would be 256 objects.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 4096);
    }

    private static ClipLoader Open(VideoStore store, (double Start, double End)[] spans, int? batchSize = null, int endEpoch = 1,
        Func<IClipSource>? openSource = null)
    {
        ClipTable table = new("test");
        foreach ((double start, double end) in spans)
        {
            table.Add("grey", new ClipSpan(start, end));
            table.AddCaption("grey");
        }

        ClipDataset dataset = new(table, store, new SegmentSampling(jitter: false), new WholeFrame());
        BatchPlan plan = new(table.Count, batchSize ?? table.Count, seed: 0, shuffle: false);
        return new ClipLoader(dataset, plan, new ByteEncoder(), openSource ?? (() => new VideoClipSource()), s_options, endEpoch: endEpoch);
    }

    /// <summary>Frame numbers, read off the grey: R = G = B = (luma - 16)·255 / 219.</summary>
    private static List<int> FramesOf(ClipBatch batch, int clip)
    {
        int frameBytes = batch.ClipBytes / batch.FrameCount;
        List<int> frames = [];
        for (int frame = 0; frame < batch.FrameCount; frame++)
        {
            double mean = batch.Clip(clip).Slice(frame * frameBytes, frameBytes).ToArray().Average(value => value);
            frames.Add((int)Math.Round((mean * 219 / 255) + 16) - GreyVideos.FirstLuma);
        }

        return frames;
    }
}
