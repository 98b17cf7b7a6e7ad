namespace Avion.Data.Tests;

public sealed class VideoStoreTests
{
    [Fact]
    public void Chunks_are_ordered_by_their_seconds_in_either_case_of_ending()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("P01", "P01_11.MP4"));
        foreach (int start in new[] { 105, 0, 15, 90 })
        {
            File.WriteAllText(folder.File("P01", "P01_11.MP4", $"{start}.MP4"), string.Empty);
        }

        StoredVideo video = new ChunkTree(folder.FullName).Find("P01/P01_11");
        Assert.Equal(4, video.ChunkCount);
        Assert.Equal([0, 15, 90, 105], new[] { video.StartOf(0), video.StartOf(1), video.StartOf(2), video.StartOf(3) });
        Assert.Equal(folder.File("P01", "P01_11.MP4", "90.MP4"), video.SourceOf(2).Path);
        Assert.Equal(1, video.LastChunkAt(89.9));
        Assert.Equal(2, video.LastChunkAt(90));
        Assert.Equal(-1, video.LastChunkAt(-1));
    }

    [Theory]
    [InlineData("P01_11.MP4", "0.MP4", "P01/P01_11")]
    [InlineData("P01_11.mp4", "0.mp4", "P01/P01_11")]
    [InlineData("P01_11.MP4", "0.mp4", "P01/P01_11")]
    [InlineData("P01_11.mp4", "0.mp4", "P01/P01_11.MP4")]
    [InlineData("P01_11.mp4", "0.mp4", "P01/P01_11.mp4")]
    [InlineData("P01_11.mp4", "0.mp4", "P01_11")]
    public void Capitals_of_the_ending_matter_neither_on_disk_nor_in_lists(string video, string chunk, string asked)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("P01", video));
        File.WriteAllText(folder.File("P01", video, chunk), string.Empty);
        Assert.Equal(folder.File("P01", video, chunk), new ChunkTree(folder.FullName).Find(asked).SourceOf(0).Path);
    }

    [Fact]
    public void Missing_videos_empty_folders_and_other_chunk_lengths_are_errors()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("empty.mp4"));
        Directory.CreateDirectory(folder.File("other.mp4"));
        File.WriteAllText(folder.File("other.mp4", "20.mp4"), string.Empty);
        ChunkTree tree = new(folder.FullName);
        Assert.Contains("'gone' is missing", Assert.Throws<DataException>(() => tree.Find("gone")).Message);
        Assert.Contains("no chunk", Assert.Throws<DataException>(() => tree.Find("empty")).Message);
        Assert.Contains("multiple of 15 s", Assert.Throws<DataException>(() => tree.Find("other")).Message);
        Assert.Throws<DataException>(() => new ChunkTree(folder.File("nowhere")));
    }

    [Fact]
    public void Single_files_are_found_with_and_without_ending()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("a.mp4"), string.Empty);
        File.WriteAllText(folder.File("b.webm"), string.Empty);
        File.WriteAllText(folder.File("c.d.mp4"), string.Empty);
        File.WriteAllText(folder.File("e.MP4"), string.Empty);
        FileTree tree = new(folder.FullName);
        Assert.Equal(folder.File("a.mp4"), tree.Find("a").SourceOf(0).Path);
        Assert.Equal(folder.File("b.webm"), tree.Find("b.webm").SourceOf(0).Path);
        Assert.Equal(folder.File("c.d.mp4"), tree.Find("c.d").SourceOf(0).Path);
        Assert.Equal(folder.File("e.MP4"), tree.Find("e").SourceOf(0).Path);
        Assert.Throws<DataException>(() => tree.Find("gone"));
    }

    [Fact]
    public void A_tree_is_walked_once_whatever_links_it_has_and_names_outside_of_it_are_taken_as_they_stand()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("tree", "a"));
        Directory.CreateDirectory(folder.File("elsewhere"));
        File.WriteAllText(folder.File("tree", "a", "one.mp4"), string.Empty);
        File.WriteAllText(folder.File("tree", ".hidden.mp4"), string.Empty);
        File.WriteAllText(folder.File("tree", "note.txt"), string.Empty);
        File.WriteAllText(folder.File("elsewhere", "two.mkv"), string.Empty);
        File.CreateSymbolicLink(folder.File("tree", "a", "round"), folder.File("tree"));
        File.CreateSymbolicLink(folder.File("tree", "b"), folder.File("elsewhere"));
        File.CreateSymbolicLink(folder.File("tree", "c.mp4"), folder.File("elsewhere", "two.mkv"));
        FileTree tree = new(folder.File("tree"));
        Assert.Equal(3, tree.Count);
        Assert.Equal(["a/one.mp4", "b/two.mkv", "c.mp4"], tree.ListWhole().Videos);
        Assert.Equal(folder.File("tree", "b", "two.mkv"), tree.Find("two").SourceOf(0).Path);
        Assert.Equal(folder.File("elsewhere", "two.mkv"), tree.Find(folder.File("elsewhere", "two.mkv")).SourceOf(0).Path);
        Assert.Equal(folder.File("elsewhere", "two.mkv"), tree.Find("../elsewhere/two.mkv").SourceOf(0).Path);
        Assert.Equal(folder.File("tree", "a", "one.mp4"), tree.Find("/other/machine/a/one.avi").SourceOf(0).Path);
        Assert.Throws<DataException>(() => new FileTree(folder.File("tree", ".git")).Find("x"));
    }

    [Fact]
    public void A_wrong_layout_is_told_with_the_key_that_mends_it()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("chunks", "a.mp4"));
        Directory.CreateDirectory(folder.File("files"));
        File.WriteAllText(folder.File("chunks", "a.mp4", "0.mp4"), string.Empty);
        File.WriteAllText(folder.File("files", "a.mp4"), string.Empty);
        Assert.Contains("chunk_seconds", Assert.Throws<DataException>(() => VideoStore.Open(folder.File("chunks"), 0).Find("b")).Message);
        Assert.Contains("chunk_seconds to 0", Assert.Throws<DataException>(() => VideoStore.Open(folder.File("files"), 15).Find("a")).Message);
        File.WriteAllText(folder.File("chunks", "a.mp4", "0.MP4"), string.Empty);
        Assert.Contains("same chunk", Assert.Throws<DataException>(() => new ChunkTree(folder.File("chunks")).Find("a")).Message);
    }

    /// <summary>The start of a training on ten thousand videos.</summary>
    [Fact]
    public void Ten_thousand_videos_are_found_in_about_a_second()
    {
        const int count = 10_000;
        using TemporaryFolder folder = new();
        ClipTable table = new("table");
        for (int video = 0; video < count; video++)
        {
            string parent = folder.File($"P{video % 37:00}");
            Directory.CreateDirectory(parent);
            File.Create(Path.Combine(parent, $"video_{video}.MP4")).Dispose();
            table.Add($"video_{video}", new ClipSpan(0, 1));
            table.Add($"video_{video}", new ClipSpan(1, 2));
        }

        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        ClipCensus census = ClipCensus.Take(table, new FileTree(folder.FullName));
        double seconds = watch.Elapsed.TotalSeconds;
        Assert.Empty(census.Absent);
        Assert.True(seconds < 5, $"{seconds} s");
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} videos in {seconds:F3} s");
    }
}
