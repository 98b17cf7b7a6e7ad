using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>Each folder is gone through once, and what is no file is named.</summary>
public sealed class FolderWalkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loops_and_second_links_are_walked_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Directory.CreateDirectory(_folder.File("outside", "o"));
        File.WriteAllText(_folder.File("outside", "o", "far.mp4"), "x");
        File.WriteAllText(_folder.File("outside", "sibling.mp4"), "x");
        Directory.CreateDirectory(_folder.File("outside", "tree", "b", "c"));
        File.WriteAllText(Tree("a.mp4"), "x");
        File.WriteAllText(Tree("b", "c", "d.mp4"), "x");
        File.WriteAllText(Tree("b", "notes.txt"), "x");
        Directory.CreateSymbolicLink(Tree("a-loop"), ".");
        Directory.CreateSymbolicLink(Tree("b", "up"), "..");
        Directory.CreateSymbolicLink(Tree("b", "c", "above-the-tree"), "../../..");
        Directory.CreateSymbolicLink(Tree("again"), "b/c");
        Directory.CreateSymbolicLink(Tree("far-1"), _folder.File("outside", "o"));
        Directory.CreateSymbolicLink(Tree("far-2"), "far-1");
        Assert.Equal(["a.mp4", "b/c/d.mp4", "far-1/far.mp4"], Files(Tree()));
        Directory.CreateSymbolicLink(_folder.File("root"), Tree());
        Assert.Equal(["a.mp4", "b/c/d.mp4", "far-1/far.mp4"], Files(_folder.File("root")));
        Assert.Equal(["a.mp4", "b/c/d.mp4"], Files(Tree(), followsLinks: false));
    }

    [Fact]
    public async Task What_is_no_file_is_a_problem_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes pipes and names that are not UTF-8");
        Directory.CreateDirectory(Tree());
        File.WriteAllText(Tree("good.mp4"), "x");
        const string script = "mkfifo pipe.mp4; ln -s self.mp4 self.mp4; ln -s none.mp4 dangling.mp4; ln -s /dev/zero zero.mp4; "
            + "printf x > \"$(printf 'raw\\377.mp4')\"; mkdir \"$(printf 'raw\\377')\"; ln -s nowhere ignored";
        ProcessResult made = await ChildProcess.RunAsync("bash", ["-c", script], Tree());
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        WalkedFolder walked = Assert.Single(Walk(Tree()));
        Assert.Equal(["good.mp4"], walked.Files);
        Assert.Equal(
            ["dangling.mp4: Missing", "pipe.mp4: NotVideo", "raw\uFFFD: Unreadable", "raw\uFFFD.mp4: Unreadable", "self.mp4: Unreadable",
                "zero.mp4: NotVideo"],
            walked.Problems.Select(problem => $"{Path.GetFileName(problem.Path)}: {problem.Kind}"));
        Assert.Throws<IOException>(() => RegularFile.ReadAllBytes(Tree("pipe.mp4"), 10));
        // .NET cannot remove names that are not UTF-8.
        await ChildProcess.RunAsync("bash", ["-c", "rm -r raw*"], Tree());
    }

    [Fact]
    public void A_cancelled_walk_ends()
    {
        Directory.CreateDirectory(Tree());
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => new FolderWalk(_ => true).Walk(Tree(), stop.Token).ToArray());
    }

    [Theory]
    [InlineData("a.mp4", true)]
    [InlineData("a/b/0.mp4", true)]
    [InlineData("..mp4", true)]
    [InlineData("../a.mp4", false)]
    [InlineData("a/../../b", false)]
    [InlineData("a/./b", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("a//b", false)]
    [InlineData("a/", false)]
    [InlineData("a\0b", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Names_resolve_inside_their_folder_or_not_at_all(string? name, bool isInside)
    {
        FolderScope scope = new(_folder.FullName);
        Assert.Equal(isInside, FolderScope.IsInside(name));
        if (isInside)
        {
            Assert.Equal(Path.Combine(_folder.FullName, name!), scope.Resolve(name, "a test"));
        }
        else
        {
            Assert.Contains("leads out of", Assert.Throws<InvalidDataException>(() => scope.Resolve(name, "a test")).Message);
        }
    }

    [Fact]
    public void A_name_through_a_link_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Directory.CreateSymbolicLink(_folder.File("link"), "/tmp");
        InvalidDataException error =
            Assert.Throws<InvalidDataException>(() => new FolderScope(_folder.FullName).Resolve("link/a.mp4", "a test"));
        Assert.Contains("is a link", error.Message);
    }

    private static WalkedFolder[] Walk(string root, bool followsLinks = true) =>
        [.. new FolderWalk(name => name.EndsWith(".mp4", StringComparison.Ordinal), followsLinks).Walk(root)];

    private static string[] Files(string root, bool followsLinks = true) =>
    [
        .. Walk(root, followsLinks).SelectMany(folder => folder.Files.Select(file =>
            Path.GetRelativePath(root, Path.Combine(folder.Path, file)))).Order(StringComparer.Ordinal),
    ];

    private string Tree(params string[] parts) => _folder.File(["outside", "tree", .. parts]);
}
