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
}
