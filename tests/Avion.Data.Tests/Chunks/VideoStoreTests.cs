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
    [InlineData("P01_11.MP4", "0.MP4", null, "P01/P01_11")]
    [InlineData("P01_11.mp4", "0.mp4", "MP4", "P01/P01_11")]
    [InlineData("P01_11.MP4", "0.mp4", "mp4", "P01/P01_11")]
    [InlineData("P01_11.mp4", "0.mp4", null, "P01/P01_11.MP4")]
    [InlineData("P01_11.mp4", "0.mp4", null, "P01/P01_11.mp4")]
    public void Capitals_of_the_ending_matter_neither_on_disk_nor_in_lists(string video, string chunk, string? extension, string asked)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("P01", video));
        File.WriteAllText(folder.File("P01", video, chunk), string.Empty);
        Assert.Equal(folder.File("P01", video, chunk), new ChunkTree(folder.FullName, extension: extension).Find(asked).SourceOf(0).Path);
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
}
