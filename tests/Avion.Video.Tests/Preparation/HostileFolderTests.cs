using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>What lists, manifests and links in a destination say never reaches out of it, and what others left there stays.</summary>
public sealed class HostileFolderTests : IDisposable
{
    private static readonly PrepareOptions s_options = new()
    {
        Jobs = 1, ChunkSeconds = 2, FramesPerSecond = new FrameRate(10), ShortSide = 64,
    };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"shard\":\"shard-000000.tar\"", "\"shard\":\"../victim/precious.tar\"")]
    [InlineData("\"shard\":\"shard-000000.tar\"", "\"shard\":\"precious.tar\"")]
    [InlineData("\"shard\":\"shard-000000.tar\"", "\"shard\":null")]
    [InlineData("\"number\":0", "\"number\":7")]
    [InlineData("\"source\":\"a.mp4\"", "\"source\":\"../victim\"")]
    [InlineData("\"source\":\"b.mp4\"", "\"source\":\"../../../victim/b.mp4\"")]
    [InlineData("\"source\":\"b.mp4\"", "\"source\":\"/victim\"")]
    [InlineData("\"chunks\":2", "\"chunks\":2147483647")]
    [InlineData("\"videos\":[", "\"videos\":[null,")]
    public void A_list_of_shards_that_lies_touches_nothing(string honest, string lie)
    {
        PackPair();
        File.WriteAllText(Out("precious.tar"), "not ours");
        Directory.CreateDirectory(_folder.File("victim", "deep"));
        File.WriteAllText(_folder.File("victim", "precious.tar"), "keep me");
        File.WriteAllText(_folder.File("victim", "deep", "b.mp4"), "keep me too");
        string text = File.ReadAllText(Out("shards.jsonl"));
        Assert.Contains(honest, text);
        File.WriteAllText(Out("shards.jsonl"), text.Replace(honest, lie, StringComparison.Ordinal));
        // Now a is outdated, so that its shard would be taken apart.
        File.Delete(_folder.File("source", "a.mp4"));
        Source("a.mp4", 40);
        string[] before = Everything();

        InvalidDataException error = Assert.Throws<InvalidDataException>(Pack);
        Assert.Contains("line 1", error.Message);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public void Links_in_the_state_of_a_destination_lead_nowhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Source("a.mp4", 30);
        Directory.CreateDirectory(_folder.File("victim", "x.mp4"));
        File.WriteAllText(_folder.File("victim", "x.mp4", "source.json"), "{}");
        foreach (string name in (string[])[".avion", ".avion/work", ".avion/unpacked", ".avion/lock"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Out(name))!);
            File.CreateSymbolicLink(Out(name), _folder.File("victim"));
            string[] before = Everything();
            Assert.Contains("is a link", Assert.Throws<InvalidDataException>(Pack).Message);
            Assert.Equal(before, Everything());
            Directory.Delete(_folder.File("out"), recursive: true);
        }

        Directory.CreateDirectory(Out(".avion/unpacked"));
        Directory.CreateSymbolicLink(Out(".avion/unpacked/y"), _folder.File("victim"));
        Pack();
        Assert.True(File.Exists(_folder.File("victim", "x.mp4", "source.json")));
    }

    [Fact]
    public void A_target_through_a_link_or_over_other_files_is_refused_for_its_video_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Source("P01/a.mp4", 30);
        Source("b.mp4", 30);
        Source("c.mp4", 30);
        Directory.CreateDirectory(_folder.File("victim"));
        Directory.CreateDirectory(Out("b.mp4"));
        File.WriteAllText(Out("b.mp4/thesis.doc"), "years of work");
        Directory.CreateSymbolicLink(Out("P01"), _folder.File("victim"));
        PrepareReport report = new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("out"));
        Assert.Equal(["P01/a.mp4", "b.mp4"], report.Bad.Select(bad => bad.Source));
        Assert.Contains("is a link", report.Bad[0].Reason);
        Assert.Contains("thesis.doc", report.Bad[1].Reason);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("victim")));
        Assert.Equal("years of work", File.ReadAllText(Out("b.mp4/thesis.doc")));
        Assert.Equal(1, report.Prepared);
    }

    [Fact]
    public void Leftovers_of_a_killed_run_go_and_nothing_else()
    {
        Source("a.mp4", 30);
        string number = Guid.NewGuid().ToString("N");
        string[] ours = [$"shard-000000.tar.{number}.tmp", $"shard-000000.tar.avidx.{number}.tmp", $"shards.jsonl.{number}.partial"];
        string[] others = ["shard-000000.tar.tmp", "notes.tmp", $"mine.tar.{number}.tmp", $"shard-000000.tar.{number}.tmp.bak"];
        Directory.CreateDirectory(_folder.File("out"));
        foreach (string name in (string[])[.. ours, .. others])
        {
            File.WriteAllText(Out(name), "half");
        }

        string held = Out($"shard-000009.tar.{number}.tmp");
        using (new FileStream(held, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            Pack();
            Assert.Equal(ours.Select(_ => false), ours.Select(name => File.Exists(Out(name))));
            Assert.Equal(others.Select(_ => true), others.Select(name => File.Exists(Out(name))));
            Assert.True(File.Exists(held), "a file that a living run holds is no leftover");
        }

        Directory.CreateDirectory(_folder.File("indexed"));
        File.Copy(_folder.File("source", "a.mp4"), _folder.File("indexed", "a.mp4"));
        File.WriteAllText(_folder.File("indexed", $"index.avidx.{number}.tmp"), "half");
        TreeIndexing.Run(_folder.File("indexed"), withChecksums: false, isForced: false, jobs: 1);
        Assert.Equal(["a.mp4", "index.avidx"], Directory.GetFiles(_folder.File("indexed")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_kill_between_listing_a_shard_and_tidying_up_packs_nothing_twice()
    {
        Source("a.mp4", 30);
        new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("tree"));
        Pack();
        Directory.CreateDirectory(Out(".avion/unpacked/a.mp4"));
        foreach (string file in Directory.GetFiles(_folder.File("tree", "a.mp4")))
        {
            File.Copy(file, Out(".avion/unpacked/a.mp4/" + Path.GetFileName(file)));
        }

        File.WriteAllBytes(Out(".avion/unpacked/a.mp4/source.json"), File.ReadAllBytes(_folder.File("tree", "a.mp4", "source.json")));
        Assert.Equal(0, Pack().Shards);
        Assert.Single(Directory.GetFiles(_folder.File("out"), "*.tar"));
        Assert.False(Directory.Exists(Out(".avion/unpacked")));
    }

    [Fact]
    public void Source_and_destination_that_hold_each_other_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Source("videos/a.mp4", 30);
        TreePreparation preparation = new(s_options);
        string source = _folder.File("source");
        Directory.CreateSymbolicLink(_folder.File("alias"), source);
        Assert.Contains("lies in, the source", Refusal(source, Path.Combine(source, "out", "deeper")));
        Assert.Contains("lies in, the source", Refusal(source, Path.Combine(_folder.File("alias"), "out")));
        Assert.Contains("lies in, the source", Refusal(source, _folder.File("alias")));
        Assert.Contains("lies in the destination", Refusal(Path.Combine(source, "videos"), _folder.File("alias")));
        Assert.Contains("lies in the destination", Refusal(Path.Combine(source, "videos", "a.mp4"), source));
        Assert.Equal(["videos", "videos/a.mp4"], Everything(source));

        preparation.Run(source, _folder.File("out"));
        string[] chunks = Everything();
        Assert.Contains("holds chunks that were prepared", Refusal(_folder.File("out"), _folder.File("twice")));
        Assert.Contains("holds chunks that were prepared", Refusal(Out("videos/a.mp4/0.mp4"), _folder.File("twice")));
        Assert.Equal(chunks, Everything());

        string Refusal(string from, string to)
        {
            string sentence = Assert.Throws<InvalidDataException>(() => preparation.Run(from, to)).Message;
            Assert.Equal(sentence, Assert.Throws<InvalidDataException>(() => preparation.Plan(from, to).ToArray()).Message);
            return sentence;
        }
    }

    [Fact]
    public void A_video_whose_chunks_would_lie_in_those_of_another_is_refused()
    {
        Directory.CreateDirectory(_folder.File("source", "a.mp4"));
        File.WriteAllText(_folder.File("source", "a.mkv"), "x");
        File.WriteAllText(_folder.File("source", "a.mp4", "b.mp4"), "x");
        Assert.Contains("in which those of 'a.mp4/b.mp4' would lie",
            Assert.Throws<InvalidDataException>(() => SourceTree.Find(_folder.File("source"))).Message);
    }

    [Fact]
    public void A_loop_in_the_source_is_prepared_once_and_names_that_are_no_files_are_bad()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "makes links");
        Source("a.mp4", 30);
        Directory.CreateSymbolicLink(_folder.File("source", "loop"), ".");
        File.CreateSymbolicLink(_folder.File("source", "self.mp4"), "self.mp4");
        PrepareReport report = new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("out"));
        Assert.Equal((2, 1), (report.Videos, report.Prepared));
        Assert.Equal("self.mp4", Assert.Single(report.Bad).Source);
    }

    /// <summary>Two videos and their shard, which is made once for all tests.</summary>
    private void PackPair()
    {
        string packed = TestVideos.Make("packed-pair", folder =>
        {
            foreach (string name in (string[])["a.mp4", "b.mp4"])
            {
                CounterVideo.Make(Path.Combine(folder, "source", name), 30, rate: "10");
            }

            Pack(folder);
        });
        FolderCopy.Make(packed, _folder.FullName);
    }

    private PrepareReport Pack() => Pack(_folder.FullName);

    private static PrepareReport Pack(string folder) =>
        new TreePreparation(s_options with { ShardBytes = 1L << 40 }).Run(Path.Combine(folder, "source"), Path.Combine(folder, "out"));

    private string Out(string name) => _folder.File("out", name);

    private string[] Everything(string? root = null) =>
    [
        .. Directory.GetFileSystemEntries(root ?? _folder.FullName, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint,
        }).Select(path => Path.GetRelativePath(root ?? _folder.FullName, path)).Where(path => !path.EndsWith(".avion/lock", StringComparison.Ordinal)
            && !path.EndsWith(".avion", StringComparison.Ordinal) && !path.EndsWith(".avion/work", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    private void Source(string name, int frames)
    {
        if (!File.Exists(_folder.File("source", name)))
        {
            CounterVideo.Make(_folder.File("source", name), frames, rate: "10");
        }
    }
}
