using Avion.Testing;

namespace Avion.Data.Tests;

public sealed class VideoWalkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // Paths that are longer than the system takes are beyond the library's reach too.
        _ = ChildProcess.RunAsync("rm", ["-rf", _folder.File("deep")]).GetAwaiter().GetResult();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_told_and_the_others_are_gone_through()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a path that is longer than Linux opens");
        foreach (string name in (string[])["a.mp4", "deep/b.mp4", "z/c.mp4"])
        {
            string path = _folder.File(name.Split('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        }

        string part = new('n', 200);
        ProcessResult made = await ChildProcess.RunAsync("sh",
            ["-c", $"cd {_folder.File("deep")} && for i in $(seq 21); do mkdir {part} && cd {part} || exit 1; done"]);
        Assert.True(made.ExitCode == 0, made.Error);

        FileTree files = new(_folder.FullName);
        NamedVideos named = new(_folder.FullName);

        Assert.Equal(["a.mp4", "deep/b.mp4", "z/c.mp4"], files.ListWhole().Videos);
        Assert.Equal(3, named.Count);
        Assert.Contains("cannot list the video folder", Assert.Single(files.Problems), StringComparison.Ordinal);
        Assert.Equal(files.Problems, named.Problems);
    }
}
