using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>Ends of real videos and lengths of real chunks, found in headers before the first step: 60, 60 and 30 frames at 30 a
/// second.</summary>
public sealed class VideoEndsTests(GreyVideos videos) : IClassFixture<GreyVideos>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_header_tells_the_length_without_a_decoder()
    {
        VideoSource last = new(Path.Combine(videos.Root, "grey.mp4", "4.mp4"));
        VideoLength length = HeaderLength.Of(last)!.Value;
        Assert.Equal((30, 1.0), (length.Frames, Math.Round(length.Seconds, 6)));

        // A part of a file, as shards have them.
        byte[] bytes = File.ReadAllBytes(last.Path);
        File.WriteAllBytes(_folder.File("shard"), [.. new byte[512], .. bytes, 1, 2, 3]);
        Assert.Equal(length, HeaderLength.Of(new VideoSource(_folder.File("shard"), 512, bytes.Length)));

        File.WriteAllBytes(_folder.File("cut.mp4"), bytes[..40]);
        foreach (string none in new[] { "cut.mp4", "shard", "absent.mp4", "" })
        {
            Assert.Null(HeaderLength.Of(new VideoSource(_folder.File(none))));
        }
    }

    /// <summary>Names allow an end at 6 s; the last chunk ends at 5 s.</summary>
    [Fact]
    public void Clips_after_the_end_of_the_last_chunk_are_outside_however_short_it_is()
    {
        ClipCensus census = ClipCensus.Take(Table("grey", 0, 4, 5.9, 6.1, 6.9), new ChunkTree(videos.Root, GreyVideos.ChunkSeconds));
        Assert.Equal([3, 4], census.Absent);
        Assert.Equal((2, 5, 0.4), (census.OutsideClips, census.JudgedClips, census.AbsentFraction));
        Assert.Contains("grey (6.10-7.10 s) at row 3, of a video of 5.00 s", census.Describe());
        Assert.DoesNotContain("are known", census.Describe());
        Assert.Contains("Expected at most", Assert.Throws<DataException>(() => census.Require(0.3)).Message);
    }

    [Fact]
    public void Clips_after_the_end_of_a_whole_file_are_outside_without_an_index()
    {
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "0.mp4"), _folder.File("whole.mp4"));
        ClipCensus census = ClipCensus.Take(Table("whole", 0, 2.9, 3.1, 100), new FileTree(_folder.FullName));
        Assert.Equal([2, 3], census.Absent);

        // Counted by another rate the same 60 frames last 4 s.
        Assert.Equal([3], ClipCensus.Take(Table("whole", 0, 2.9, 3.1, 100), new FileTree(_folder.FullName), 15).Absent);

        // A file that does not tell is found on reading; the clips of the others stand for its own.
        File.WriteAllText(_folder.File("odd.mp4"), "no video");
        ClipTable both = Table("whole", 0, 100);
        both.Add("odd", new ClipSpan(50, 60));
        both.Add("odd", new ClipSpan(60, 70));
        ClipCensus known = ClipCensus.Take(both, new FileTree(_folder.FullName));
        Assert.Equal((1, 2, 0.5), (known.OutsideClips, known.JudgedClips, known.AbsentFraction));
        Assert.Contains("1 because they begin after the end of their video (the ends of the videos of 2 clips are known)", known.Describe());
    }

    [Fact]
    public void Of_many_videos_a_thousand_headers_are_read()
    {
        ClipTable table = new("table");
        byte[] video = File.ReadAllBytes(Path.Combine(videos.Root, "grey.mp4", "4.mp4"));
        for (int number = 0; number < VideoEnds.MostHeaders + 200; number++)
        {
            File.WriteAllBytes(_folder.File($"{number:0000}.mp4"), video);
            table.Add($"{number:0000}", new ClipSpan(9, 10));
        }

        ClipCensus census = ClipCensus.Take(table, new FileTree(_folder.FullName));
        Assert.Equal((VideoEnds.MostHeaders, VideoEnds.MostHeaders, 1.0), (census.OutsideClips, census.JudgedClips, census.AbsentFraction));
        Assert.InRange(census.Absent[^1], VideoEnds.MostHeaders + 190, table.Count - 1);
    }

    [Fact]
    public void A_length_of_chunks_that_only_their_headers_contradict_is_refused_with_the_right_one()
    {
        string message = Assert.Throws<DataException>(() => ClipCensus.Take(Table("grey", 0), new ChunkTree(videos.Root, 1))).Message;
        Assert.Contains(Path.Combine("grey.mp4", "0.mp4' has 2.00 s, but chunk_seconds is 1, and 1 of 1 chunks"), message);
        Assert.Contains("Set chunk_seconds to 2,", message);

        // A chunk of its own in the tree, or one that is missing from it, says nothing of the length.
        Directory.CreateDirectory(_folder.File("gap.mp4"));
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "0.mp4"), _folder.File("gap.mp4", "0.mp4"));
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "4.mp4"), _folder.File("gap.mp4", "4.mp4"));
        Assert.Empty(ClipCensus.Take(Table("gap", 0, 4), new ChunkTree(_folder.FullName, GreyVideos.ChunkSeconds)).Absent);
    }

    /// <summary>Six seconds cut as five are within the slack of headers, and clips after the fifth would be lost.</summary>
    [Fact]
    public void A_length_of_chunks_that_is_written_beside_them_is_compared_exactly()
    {
        Directory.CreateDirectory(_folder.File("grey.mp4"));
        File.Copy(Path.Combine(videos.Root, "grey.mp4", "0.mp4"), _folder.File("grey.mp4", "0.mp4"));
        File.WriteAllText(_folder.File("grey.mp4", "source.json"), """
            { "source": "grey.mp4", "source_bytes": 1, "source_modified": "2026-01-01T00:00:00Z", "settings": "x", "chunk_seconds": 6,
              "frames_per_second": "30", "chunks": 1 }
            """);
        string message = Assert.Throws<DataException>(() => ClipCensus.Take(Table("grey", 0), new ChunkTree(_folder.FullName, 5))).Message;
        Assert.EndsWith("has chunks of 6 s, as its source.json says, but chunk_seconds is 5. Set chunk_seconds to 6.", message);
        Assert.Empty(ClipCensus.Take(Table("grey", 0), new ChunkTree(_folder.FullName, 6)).Absent);
    }

    [Fact]
    public void Clips_beyond_all_chunks_name_the_key_of_their_length()
    {
        ClipCensus census = ClipCensus.Take(Table("grey", 90), new ChunkTree(videos.Root, GreyVideos.ChunkSeconds));
        Assert.Contains("Set chunk_seconds, which is 2, to the length with which the videos were cut",
            Assert.Throws<DataException>(() => census.Require(0.01)).Message);
    }

    private static ClipTable Table(string video, params double[] starts)
    {
        ClipTable table = new("table");
        Array.ForEach(starts, start => table.Add(video, new ClipSpan(start, start + 1)));
        return table;
    }
}
