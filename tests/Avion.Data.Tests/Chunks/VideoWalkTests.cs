using Avion.Testing;

namespace Avion.Data.Tests;

public sealed class VideoWalkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_that_cannot_be_listed_is_told_and_the_others_are_gone_through()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a path that is longer than Linux opens");
        foreach (string name in (string[])["a.mp4", "deep/b.mp4", "z/c.mp4"])
        {
            string path = _folder.File(name.Split('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        // Two chains of folders, each of a length that the system takes, and both together of one that it does not.
        string[] chain = [.. Enumerable.Repeat(new string('n', 200), 12)];
        string upper = _folder.File(["deep", .. chain]), lower = _folder.File("lower"), joined = Path.Combine(upper, "lower");
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(Path.Combine([lower, .. chain]));
        Directory.Move(lower, joined);
        try
        {
            FileTree files = new(_folder.FullName);
            NamedVideos named = new(_folder.FullName);

            Assert.Equal(["a.mp4", "deep/b.mp4", "z/c.mp4"], files.ListWhole().Videos);
            Assert.Equal(3, named.Count);
            Assert.Contains("cannot list the video folder", Assert.Single(files.Problems), StringComparison.Ordinal);
            Assert.Equal(files.Problems, named.Problems);
        }
        finally
        {
            // What is longer than the system takes cannot be deleted by its path.
            Directory.Move(joined, lower);
        }
    }
}
