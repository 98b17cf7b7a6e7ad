using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>Clips without a video are counted before the first step, and no other clip takes their moment.</summary>
public sealed class ClipCensusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Missing_videos_and_their_clips_are_counted_and_named()
    {
        ClipTable table = Table("a", "gone", "b", "gone", "lost", "a");
        ClipCensus census = ClipCensus.Take(table, Files("a", "b"));
        Assert.Equal((2, 3, 0), (census.MissingVideos, census.MissingClips, census.OutsideClips));
        Assert.Equal(0.5, census.AbsentFraction);
        string message = Assert.Throws<DataException>(() => census.Require(0.49)).Message;
        foreach (string part in new[] { "3 of 6 clips of 'table' (50.00 %)", "2 of 4 videos are missing", "'gone', 'lost'", "data prepare",
            "data.maximum_missing_fraction", "at most 49.00 %" })
        {
            Assert.Contains(part, message.Replace("50.00%", "50.00 %", StringComparison.Ordinal).Replace("49.00%", "49.00 %", StringComparison.Ordinal));
        }

        census.Require(0.5);
        Assert.Throws<DataException>(() => ClipCensus.Take(Table("x"), Files("a", "b")).Require(1));
        Assert.Equal("", ClipCensus.Take(Table("a", "b"), Files("a", "b")).Describe());
    }

    /// <summary>Against a plain list of what is left.</summary>
    [Fact]
    public void Left_out_clips_leave_the_others_in_their_order()
    {
        Random random = new(5);
        for (int trial = 0; trial < 200; trial++)
        {
            string[] clips = [.. Enumerable.Range(0, random.Next(1, 30)).Select(clip => random.Next(3) == 0 ? "gone" : $"v{random.Next(4)}")];
            clips[random.Next(clips.Length)] = "v0";
            ClipTable table = Table(clips);
            ClipCensus census = ClipCensus.Take(table, Files("v0", "v1", "v2", "v3"));
            ClipDataset training = new(census, new SegmentSampling(jitter: true), new WholeFrame(), leavesOutAbsent: true);
            ClipDataset evaluation = new(census, new ViewSampling(1, 2), new SpacedCrop(3), leavesOutAbsent: false);
            int[] kept = [.. Enumerable.Range(0, clips.Length).Where(clip => clips[clip] != "gone")];
            Assert.Equal(kept.Length, training.Count);
            Assert.Equal(kept.Select(table.Describe), Enumerable.Range(0, training.Count).Select(index => training.Describe(new SampleKey(1, 0, index))));
            Assert.Equal(6 * clips.Length, evaluation.Count);
            Assert.Equal(Enumerable.Range(0, evaluation.Count).Select(index => table.Describe(index / 6)),
                Enumerable.Range(0, evaluation.Count).Select(index => evaluation.Describe(new SampleKey(1, 0, index))));
        }
    }

    [Fact]
    public void A_drawn_sample_is_that_of_the_clip_with_its_own_caption_and_label()
    {
        ClipTable table = new("table", labelCount: 1);
        for (int clip = 0; clip < 40; clip++)
        {
            table.Add(clip % 3 == 1 ? "gone" : "v0", new ClipSpan(clip, clip + 1), [clip]);
            table.AddCaption($"caption {clip}");
        }

        ClipDataset dataset = new(
            ClipCensus.Take(table, Files("v0")), new SegmentSampling(jitter: false), new WholeFrame(), leavesOutAbsent: true);
        ShapesOnly shapes = new(_ => new VideoShape(8, 8, 1000, 10));
        ClipRequest request = new(2, 8, 8, 1);
        for (int index = 0; index < dataset.Count; index++)
        {
            int clip = Enumerable.Range(0, 40).Where(row => row % 3 != 1).ElementAt(index);
            request.Clear();
            dataset.Draw(new SampleKey(3, 1, index), shapes, request);
            Assert.Equal((clip, clip), ((int)request.SampleId, request.Labels[0]));
            Assert.Equal($"caption {clip}", Encoding.UTF8.GetString(request.Caption.Span));
            Assert.InRange(request.Frames[0], 10 * clip, (10 * clip) + 9);
        }
    }

    /// <summary>Chunks at 0 and 15 s: the video ends by 30 s, and a second of grace is the rule of reading too.</summary>
    [Fact]
    public void A_clip_that_begins_after_the_last_chunk_is_outside_its_video()
    {
        foreach (string chunk in new[] { "0.mp4", "15.mp4" })
        {
            Directory.CreateDirectory(_folder.File("v.mp4"));
            File.WriteAllText(_folder.File("v.mp4", chunk), "");
        }

        ClipTable table = new("table");
        foreach (double start in new[] { 0, 29.9, 30.9, 31.1, 500 })
        {
            table.Add("v", new ClipSpan(start, start + 2));
        }

        ClipCensus census = ClipCensus.Take(table, new ChunkTree(_folder.FullName));
        Assert.Equal((0, 2), (census.MissingClips, census.OutsideClips));
        Assert.Equal([3, 4], census.Absent);
        Assert.Contains("v (31.10-33.10 s) at row 3, of a video of 30.00 s", census.Describe());
    }

    private FileTree Files(params string[] videos)
    {
        foreach (string video in videos)
        {
            File.WriteAllText(_folder.File($"{video}.mp4"), "");
        }

        return new FileTree(_folder.FullName);
    }

    private static ClipTable Table(params string[] videos)
    {
        ClipTable table = new("table");
        for (int clip = 0; clip < videos.Length; clip++)
        {
            table.Add(videos[clip], new ClipSpan(clip, clip + 1));
        }

        return table;
    }
}
