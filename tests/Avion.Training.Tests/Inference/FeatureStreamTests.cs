using Avion.Files;

namespace Avion.Training.Tests;

/// <summary>Features of many clips against the same model, clip by clip.</summary>
public sealed class FeatureStreamTests(MixedVideos videos) : IClassFixture<MixedVideos>
{
    private static readonly WindowRule s_rule = new(2, 1.5);

    [Fact]
    public void Features_are_those_of_single_clips_in_order_for_any_number_of_threads_and_any_batch()
    {
        using Setting setting = new(videos, SmallModels.SaveEncoder);
        ClipWindows windows = setting.Cut(s_rule);
        FeatureSet features = setting.Read(windows, new FeatureOptions { BatchSize = 3, DecodeThreads = 2 }, out int unreadable);
        Assert.Equal((windows.Table.Count, 0), (features.Count, unreadable));
        Assert.Equal(Enumerable.Range(0, windows.Table.Count), features.Rows.Select(row => row.Clip));
        using VideoClipSource source = new();
        foreach (FeatureRow row in features.Rows.Where(row => !row.File.EndsWith("long.mp4", StringComparison.Ordinal)))
        {
            byte[] pixels = setting.Extractor.ReadClip(row.File, row.Span, source, out _);
            AssertClose(setting.Extractor.OfPixels(pixels)[0], features.Values(0, row.Clip));
        }

        Assert.Contains(features.Rows, row => row.File.EndsWith("long.mp4", StringComparison.Ordinal) && row.Span == new ClipSpan(1.5, 3.5));
        FeatureSet again = setting.Read(windows, new FeatureOptions { BatchSize = 3, DecodeThreads = 1 }, out _);
        Assert.Equal(features.Values().ToArray(), again.Values().ToArray());
        FeatureSet large = setting.Read(windows, new FeatureOptions { BatchSize = 50 }, out _);
        AssertClose(features.Values(), large.Values());
    }

    [Fact]
    public void A_pass_that_begins_later_goes_on_bit_by_bit()
    {
        using Setting setting = new(videos, SmallModels.SaveEncoder);
        ClipWindows windows = setting.Cut(s_rule);
        FeatureOptions options = new() { BatchSize = 4 };
        FeatureSet whole = setting.Read(windows, options, out _), rest = setting.Read(windows, options, out _, firstBatch: 1);
        Assert.Equal(whole.Count - 4, rest.Count);
        Assert.Equal(whole.Rows.Skip(4), rest.Rows);
        Assert.Equal(whole.Values()[(4 * SmallModels.EmbeddingSize)..].ToArray(), rest.Values().ToArray());
        using FeatureStream stream = new(setting.Extractor, windows, options);
        Assert.Equal(stream.BatchCount, FeatureStream.CountBatches(windows.Table.Count, options));
    }

    [Fact]
    public void Whole_videos_that_cannot_be_read_have_no_row_and_a_reason()
    {
        using Setting setting = new(videos, SmallModels.SaveClassifier);
        NamedVideos store = new(videos.Root);
        List<UnreadableClip> unreadable = [];
        FeatureSet features = new(setting.Extractor.Outputs);
        using (FeatureStream stream = new(setting.Extractor, new ClipWindows(store.ListWhole(), store), new FeatureOptions { BatchSize = 4 }))
        {
            while (stream.Next() is { } batch)
            {
                features.Add(batch);
                unreadable.AddRange(batch.Unreadable);
            }

            Assert.Equal((6, 6), (stream.Statistics.Clips, stream.Statistics.Samples));
            Assert.True(stream.Statistics.ClipsPerSecond > 0 && stream.Statistics.ModelSeconds <= stream.Statistics.Seconds);
        }

        Assert.Equal(MixedVideos.Good.Select(name => $"{videos.Root}/{name}"), features.Rows.Select(row => row.File));
        Assert.Equal(MixedVideos.Bad.Select(name => $"{videos.Root}/{name}"), unreadable.Select(clip => clip.Row.File));
        Assert.All(unreadable, clip => Assert.NotEmpty(clip.Reason));
        Assert.Equal([("verb", 3), ("noun", 8)], features.Outputs.Select(output => (output.Name, output.Size)));
        using VideoClipSource source = new();
        float[][] single = setting.Extractor.OfPixels(setting.Extractor.ReadClip(videos.Path("deep/b.mkv"), ClipSpan.Whole, source, out _));
        AssertClose(single[0], features.Values(0, 1));
        AssertClose(single[1], features.Values(1, 1));
    }

    [Fact]
    public void Views_are_averaged_or_have_rows_of_their_own()
    {
        using Setting setting = new(videos, SmallModels.SaveEncoder);
        ClipWindows windows = setting.Cut(new WindowRule(4, 4));
        FeatureOptions options = new() { BatchSize = 5, Crops = 3, TemporalViews = 2 };
        FeatureSet apart = setting.Read(windows, options with { KeepsViews = true }, out _), mean = setting.Read(windows, options, out _);
        Assert.Equal((windows.Table.Count * 6, windows.Table.Count), (apart.Count, mean.Count));
        Assert.Equal([0, 1, 2, 3, 4, 5], apart.Rows.Take(6).Select(row => row.View));
        for (int clip = 0; clip < mean.Count; clip++)
        {
            double[] sum = new double[SmallModels.EmbeddingSize];
            for (int view = 0; view < 6; view++)
            {
                ReadOnlySpan<float> vector = apart.Values(0, (clip * 6) + view);
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += vector[i];
                }
            }

            double length = Math.Sqrt(sum.Sum(value => value * value));
            AssertClose([.. sum.Select(value => (float)(value / length))], mean.Values(0, clip));
        }

        // The middle one of three crops is the centre, at other times than a single view has.
        FeatureSet centre = setting.Read(windows, options with { Crops = 1, KeepsViews = true }, out _);
        AssertClose(centre.Values(0, 0), apart.Values(0, 1));
        AssertClose(centre.Values(0, 1), apart.Values(0, 4));
    }

    [Fact]
    public void A_set_comes_back_from_its_file()
    {
        using TemporaryFolder folder = new();
        FeatureSet set = new([new FeatureOutput("embedding", 2, IsUnit: true), new FeatureOutput("head", 3)]);
        set.Details["weights"] = "w";
        set.Add(new FeatureRow(4, "ä.mp4", ClipSpan.Whole), [1, 2], [3, 4, 5]);
        set.Add(new FeatureRow(5, "b.mp4", new ClipSpan(1.5, 3.25), View: 2), [6, 7], [8, 9, 10]);
        set.Add(new FeatureRow(6, "ä.mp4", new ClipSpan(0, 1)), [11, 12], [13, 14, 15]);
        set.Write(folder.File("set.safetensors"));
        FeatureSet read = FeatureSet.Read(folder.File("set.safetensors"));
        Assert.Equal(set.Rows, read.Rows);
        Assert.Equal(set.Outputs, read.Outputs);
        Assert.Equal([1f, 2, 6, 7, 11, 12], read.Values(0).ToArray());
        Assert.Equal([8f, 9, 10], read.Values(1, 1).ToArray());
        Assert.Equal("w", read.Details["weights"]);

        SmallModels.SaveEncoder(folder.File("other.safetensors"));
        Assert.Contains("holds no features", Assert.Throws<CheckpointException>(() => FeatureSet.Read(folder.File("other.safetensors"))).Message);
        byte[] bytes = File.ReadAllBytes(folder.File("set.safetensors"));
        File.WriteAllBytes(folder.File("cut.safetensors"), bytes[..^5]);
        Assert.Throws<CheckpointException>(() => FeatureSet.Read(folder.File("cut.safetensors")));
        new FeatureSet(set.Outputs).Write(folder.File("none.safetensors"));
        Assert.Equal(0, FeatureSet.Read(folder.File("none.safetensors")).Count);
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-5f);
        }
    }

    private sealed class Setting : IDisposable
    {
        private readonly MixedVideos _videos;
        private readonly TemporaryFolder _folder = new();
        private readonly CpuDevice _device = new(2);

        public Setting(MixedVideos videos, Func<string, string> save)
        {
            Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
            _videos = videos;
            Extractor = FeatureExtractor.Open(save(_folder.File("model.safetensors")), _device);
        }

        public FeatureExtractor Extractor { get; }

        public ClipWindows Cut(WindowRule rule)
        {
            NamedVideos store = new([.. MixedVideos.Good.Select(_videos.Path)]);
            return ClipWindows.Cut(store.ListWhole(), store, rule, static () => new VideoClipSource());
        }

        public FeatureSet Read(ClipWindows windows, FeatureOptions options, out int unreadable, int firstBatch = 0)
        {
            FeatureSet set = new(Extractor.Outputs);
            unreadable = 0;
            using FeatureStream stream = new(Extractor, windows, options, firstBatch);
            while (stream.Next(TestContext.Current.CancellationToken) is { } batch)
            {
                set.Add(batch);
                unreadable += batch.Unreadable.Count;
            }

            return set;
        }

        public void Dispose()
        {
            Extractor.Dispose();
            _device.Dispose();
            _folder.Dispose();
        }
    }
}
