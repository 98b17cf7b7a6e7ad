using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>The names of lists find what preparing made of the videos.</summary>
public sealed class VideoNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("P01/a", "P01/a.mp4")]
    [InlineData("P01/a.mp4", "P01/a.mp4")]
    [InlineData("P01/a.avi", "P01/a.mp4")]
    [InlineData("P01/a.MKV", "P01/a.mp4")]
    [InlineData("b.avi", "b.avi.mp4")]
    [InlineData("v1.5", "v1.5.mp4")]
    public void A_tree_of_chunks_is_found_by_original_names(string name, string folder)
    {
        foreach (string each in (string[])["P01/a.mp4", "b.mp4", "b.avi.mp4", "v1.5.mp4"])
        {
            Directory.CreateDirectory(_folder.File(each));
            File.WriteAllText(_folder.File(each, "0.mp4"), "not read");
        }

        Assert.Equal(_folder.File(folder, "0.mp4"), new ChunkTree(_folder.FullName).Find(name).SourceOf(0).Path);
        Assert.Contains("'c.avi' is missing", Assert.Throws<DataException>(() => new ChunkTree(_folder.FullName).Find("c.avi")).Message);
    }

    /// <summary>The most literal reading wins: folders before endings, an equal ending before another.</summary>
    [Theory]
    [InlineData("x", "x.mp4")]
    [InlineData("x.avi", "x.mp4")]
    [InlineData("a/x.mkv", "a/x.mkv")]
    [InlineData("a/x.MKV", "a/x.mkv")]
    [InlineData("b/x", "b/x.mp4")]
    [InlineData("deep/b/x.mp4", "b/x.mp4")]
    [InlineData("z/deep/y.webm", "deep/y.avi")]
    [InlineData("y", "deep/y.avi")]
    [InlineData("./deep\\y.avi", "deep/y.avi")]
    [InlineData("c.d", "c.d.mp4")]
    [InlineData("ax", "")]
    [InlineData("", "")]
    [InlineData("/", "")]
    public void A_name_means_the_video_that_it_is_most_like(string name, string expected)
    {
        VideoNames names = new();
        foreach (string path in (string[])["x.mp4", "a/x.mkv", "a/x.mp4", "b/x.mp4", "deep/y.avi", "c.d.mp4", "q.mp4"])
        {
            names.Add(path);
        }

        int found = names.Find(name, out _);
        Assert.Equal(expected, found < 0 ? "" : names.Paths[found]);
    }

    [Theory]
    [InlineData("a/x", "a/x.mkv", "a/x.mp4")]
    [InlineData("a/x.avi", "a/x.mkv", "a/x.mp4")]
    [InlineData("y", "b/y.mp4", "c/y.mp4")]
    [InlineData("y.MP4", "b/y.mp4", "c/y.mp4")]
    public void A_name_that_means_two_videos_is_refused_naming_both(string name, string first, string second)
    {
        VideoNames names = new();
        foreach (string path in (string[])["a/x.mkv", "a/x.mp4", "b/y.mp4", "c/y.mp4"])
        {
            names.Add(path);
        }

        string message = Assert.Throws<DataException>(() => names.Find(name, out _)).Message;
        Assert.Contains($"'{first}' or '{second}'", message);
    }

    [Fact]
    public void Two_names_that_a_flat_store_cannot_tell_apart_are_refused()
    {
        File.WriteAllText(_folder.File("001.mp4"), "not read");
        ClipTable apart = new("apart"), same = new("same");
        foreach (string name in (string[])["x/001.avi", "y/001.avi"])
        {
            apart.Add(name, ClipSpan.Whole);
        }

        foreach (string name in (string[])["x/001.avi", "x/001", "001"])
        {
            same.Add(name, ClipSpan.Whole);
        }

        FileTree tree = new(_folder.FullName);
        Assert.Equal(0, ClipCensus.Take(same, tree).MissingClips);
        string message = Assert.Throws<DataException>(() => ClipCensus.Take(apart, tree)).Message;
        Assert.Contains("'x/001.avi' and 'y/001.avi'", message);
    }
}
