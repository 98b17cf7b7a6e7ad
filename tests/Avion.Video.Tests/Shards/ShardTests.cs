using System.Text.Json;

namespace Avion.Video.Tests;

public sealed class ShardTests : IDisposable
{
    private static readonly PrepareOptions s_options = new()
    {
        Jobs = 2, ChunkSeconds = 2, FramesPerSecond = new FrameRate(10), ShortSide = 64,
    };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_tar_program_unpacks_a_shard_into_the_chunk_tree()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the tar program");
        string deep = string.Join('/', Enumerable.Repeat("a-folder-with-a-rather-long-name", 3));
        string veryDeep = string.Join('/', Enumerable.Repeat("a-folder-with-a-rather-long-name-that-goes-on-and-on", 6));
        string[] videos = ["one.mp4", $"{deep}/zwei drei.mp4", $"{veryDeep}/four.mp4", "é.mp4"];
        foreach (string video in videos)
        {
            Source(video, 35);
        }

        new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("tree"));
        PrepareReport report = Pack(long.MaxValue / 2);
        Assert.Equal((4, 1), (report.Prepared, report.Shards));
        Assert.Equal(["shard-000000.tar", "shard-000000.tar.avidx", "shards.jsonl"], PackedFiles());

        string unpacked = _folder.File("unpacked");
        Directory.CreateDirectory(unpacked);
        ProcessResult tar = await ChildProcess.RunAsync("tar", ["-xf", _folder.File("packed", "shard-000000.tar"), "-C", unpacked]);
        Assert.Equal((0, string.Empty), (tar.ExitCode, tar.Error));
        foreach (string video in videos)
        {
            foreach (string chunk in (string[])["0", "2"])
            {
                byte[] expected = File.ReadAllBytes(Path.Combine(_folder.File("tree"), video, chunk + ".mp4"));
                Assert.Equal(expected, File.ReadAllBytes(Path.Combine(unpacked, video, chunk + ".mp4")));
                using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(unpacked, video, chunk + ".json")));
                Assert.Equal(video, json.RootElement.GetProperty("video").GetString());
                Assert.Equal(chunk, json.RootElement.GetProperty("start_seconds").GetDouble().ToString(System.Globalization.CultureInfo.InvariantCulture));
                Assert.Equal(chunk == "0" ? 20 : 15, json.RootElement.GetProperty("frames").GetInt32());
            }
        }
    }

    [Fact]
    public async Task A_shard_of_short_names_is_plain_ustar_with_the_three_members_of_a_sample_together()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the tar program");
        Source("one.mp4", 35);
        Pack(1);
        string shard = _folder.File("packed", "shard-000000.tar");
        ProcessResult list = await ChildProcess.RunAsync("tar", ["-tf", shard]);
        Assert.Equal("one.mp4/0.mp4 one.mp4/0.json one.mp4/0.avidx one.mp4/2.mp4 one.mp4/2.json one.mp4/2.avidx",
            string.Join(' ', list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        byte[] header = File.ReadAllBytes(shard)[..512];
        Assert.Equal("ustar\0" + "00", System.Text.Encoding.ASCII.GetString(header, 257, 8));
        Assert.Equal((byte)'0', header[156]);
        Assert.Equal(0, new FileInfo(shard).Length % 512);
    }

    [Fact]
    public async Task Pythons_tarfile_finds_the_same_members_at_the_same_places()
    {
        const string program = "import sys, tarfile, hashlib\n" +
            "for m in tarfile.open(sys.argv[1]):\n" +
            "    print(m.name, m.offset_data, m.size, hashlib.sha256(tarfile.open(sys.argv[1]).extractfile(m).read()).hexdigest())";
        ProcessResult? version = null;
        try
        {
            version = await ChildProcess.RunAsync("python3", ["--version"]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
        }

        Assert.SkipUnless(version is { ExitCode: 0 }, "needs python3, whose tarfile is what WebDataset reads shards with");
        string deep = string.Join('/', Enumerable.Repeat("a-folder-with-a-rather-long-name", 6));
        Source("one.mp4", 35);
        Source($"{deep}/é.mp4", 20);
        Pack(long.MaxValue / 2);
        string shard = _folder.File("packed", "shard-000000.tar");
        byte[] bytes = File.ReadAllBytes(shard);
        ProcessResult list = await ChildProcess.RunAsync("python3", ["-X", "utf8", "-c", program, shard]);
        Assert.Equal((0, string.Empty), (list.ExitCode, list.Error));
        string[] videos = [.. list.Output.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains(".mp4 ", StringComparison.Ordinal))];
        Assert.Equal(videos, VideoShard.Open(shard).Members.Select(member =>
        {
            string sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.AsSpan((int)member.Source.Offset,
                (int)member.Source.Length)));
            return $"{member.Name} {member.Source.Offset} {member.Source.Length} {sum}";
        }));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Frames_of_a_shard_are_those_of_the_chunk_files(bool withIndexBeside, bool withIndexInside)
    {
        Once("tree-and-shard", () =>
        {
            Source("one.mp4", 35);
            Source("two.mp4", 18);
            new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("tree"));
            Pack(long.MaxValue / 2);
        });
        string path = _folder.File("packed", "shard-000000.tar");
        if (!withIndexBeside)
        {
            File.Delete(path + ".avidx");
        }

        if (!withIndexInside)
        {
            // A byte of each index inside, found by the first bytes of the format.
            byte[] bytes = File.ReadAllBytes(path);
            for (int at = bytes.AsSpan().IndexOf("AVIX"u8); at >= 0;)
            {
                bytes[at] = (byte)'a';
                at = bytes.AsSpan().IndexOf("AVIX"u8);
            }

            File.WriteAllBytes(path, bytes);
        }

        VideoShard shard = VideoShard.Open(path);
        Assert.Equal(["one.mp4/0.mp4", "one.mp4/2.mp4", "two.mp4/0.mp4"], shard.Members.Select(member => member.Name));
        foreach (ShardMember member in shard.Members)
        {
            Assert.Equal(Frames(new ClipReader().GetInfo(Path.Combine(_folder.File("tree"), member.Name))),
                Frames(shard.GetInfo(member.Name)));
        }

        Assert.False(shard.TryFind("three.mp4/0.mp4", out _));
        Assert.Equal(VideoErrorKind.NotFound, Assert.Throws<VideoException>(() => shard.GetInfo("three.mp4/0.mp4")).Kind);
    }

    [Fact]
    public void Shards_are_of_the_size_asked_for_and_a_second_run_does_nothing()
    {
        foreach (int number in Enumerable.Range(0, 5))
        {
            Source($"{number}.mp4", 20);
        }

        PrepareReport tree = new TreePreparation(s_options).Run(_folder.File("source"), _folder.File("tree"));
        // Two videos reach one and a half times the bytes of one.
        long shardBytes = tree.ChunkBytes / 5 * 3 / 2;
        Assert.Equal(3, Pack(shardBytes).Shards);
        string[] files = PackedFiles();
        DateTime[] times = [.. files.Select(name => File.GetLastWriteTimeUtc(_folder.File("packed", name)))];
        PrepareReport again = Pack(shardBytes);
        Assert.Equal((0, 5, 0), (again.Prepared, again.UpToDate, again.Shards));
        Assert.Equal(times, files.Select(name => File.GetLastWriteTimeUtc(_folder.File("packed", name))));
        Assert.Equal(["0.mp4", "1.mp4", "2.mp4", "3.mp4", "4.mp4"], AllMembers());
    }

    [Fact]
    public void A_changed_video_replaces_its_old_chunks_and_the_others_of_its_shard_are_not_encoded_again()
    {
        Source("a.mp4", 20);
        Source("b.mp4", 20);
        Source("c.mp4", 20);
        Pack(long.MaxValue / 2);
        byte[] before = BytesOf("b.mp4/0.mp4");

        // The sources of the others are gone: only the shard still has their pictures.
        File.Delete(_folder.File("source", "b.mp4"));
        File.Delete(_folder.File("source", "c.mp4"));
        File.Delete(_folder.File("source", "a.mp4"));
        Source("a.mp4", 35);
        PrepareReport report = Pack(long.MaxValue / 2);
        Assert.Equal((1, 1), (report.Prepared, report.Shards));
        Assert.Equal(["a.mp4", "a.mp4", "b.mp4", "c.mp4"], AllMembers());
        Assert.Equal(before, BytesOf("b.mp4/0.mp4"));
    }

    [Fact]
    public void A_list_that_a_kill_cut_short_loses_no_video()
    {
        Source("a.mp4", 20);
        Pack(long.MaxValue / 2);
        Source("b.mp4", 20);
        Pack(long.MaxValue / 2);
        string list = _folder.File("packed", "shards.jsonl");
        string text = File.ReadAllText(list);
        File.WriteAllText(list, text[..(text.Length - 40)]);
        PrepareReport report = Pack(long.MaxValue / 2);
        Assert.Equal((1, 1), (report.Prepared, report.UpToDate));
        Assert.Equal(["a.mp4", "b.mp4"], AllMembers());
    }

    /// <summary>A shard that lost its end, a member or a byte is set aside, its videos are made again where there is a source, and what there is
    /// no source of is told.</summary>
    [Theory]
    [InlineData("end")]
    [InlineData("member")]
    [InlineData("byte")]
    public void A_damaged_shard_is_not_already_done(string damage)
    {
        Once("shard-of-two", () =>
        {
            Source("a.mp4", 20);
            Source("b.mp4", 20);
            Pack(long.MaxValue / 2);
        });
        string path = _folder.File("packed", "shard-000000.tar");
        byte[] bytes = File.ReadAllBytes(path), before = BytesOf("b.mp4/0.mp4");
        VideoSource last = VideoShard.Open(path).Members[^1].Source;
        File.WriteAllBytes(path, damage switch
        {
            "end" => bytes[..^1024],
            "member" => bytes[..(int)(last.Offset - 512)],
            _ => [.. bytes.Select((value, at) => at == last.Offset + (last.Length / 2) ? (byte)~value : value)],
        });
        Assert.Equal([PlannedAction.Again, PlannedAction.Again], new TreePreparation(s_options with { ShardBytes = long.MaxValue / 2 })
            .Plan(_folder.File("source"), _folder.File("packed")).Select(video => video.Action));

        File.Delete(_folder.File("source", "a.mp4"));
        PrepareReport report = Pack(long.MaxValue / 2);
        Assert.Equal((1, 0, 1), (report.Prepared, report.UpToDate, report.Shards));
        Assert.Equal("shard-000000.tar", Assert.Single(report.Damaged).Source);
        Assert.Contains("no source", Assert.Single(report.Bad).Reason);
        Assert.Equal("a.mp4", report.Bad[0].Source);
        Assert.Contains("shard-000000.tar.damaged", PackedFiles());
        Assert.Equal(["b.mp4"], AllMembers());
        Assert.Equal(before, BytesOf("b.mp4/0.mp4"));
        PrepareReport again = Pack(long.MaxValue / 2);
        Assert.Equal((0, 1), (again.Prepared, again.UpToDate));
        Assert.Empty(again.Damaged);
    }

    [Fact]
    public void A_file_that_is_no_tar_is_refused()
    {
        string path = _folder.File("x.tar");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, 5000).Select(value => (byte)(value * 31))]);
        Assert.Equal(VideoErrorKind.Corrupt, Assert.Throws<VideoException>(() => VideoShard.Open(path)).Kind);
    }

    private static byte[] Frames(VideoInfo info)
    {
        FrameTransform transform = FrameTransform.Whole(info, 32, 32);
        byte[] pixels = new byte[info.FrameCount * transform.FrameBytes];
        using ClipReader reader = new();
        reader.Read(info, [.. Enumerable.Range(0, info.FrameCount)], transform, pixels);
        return pixels;
    }

    /// <summary>What the cases of a test begin with: made by the first, copied by the others.</summary>
    private void Once(string name, Action make)
    {
        string made = TestVideos.Make(name, folder =>
        {
            make();
            FolderCopy.Make(_folder.FullName, folder);
        });
        FolderCopy.Make(made, _folder.FullName);
    }

    private void Source(string name, int frames)
    {
        if (!File.Exists(_folder.File("source", name)))
        {
            CounterVideo.Make(_folder.File("source", name), frames, rate: "10");
        }
    }

    private PrepareReport Pack(long shardBytes) =>
        new TreePreparation(s_options with { ShardBytes = shardBytes }).Run(_folder.File("source"), _folder.File("packed"));

    private string[] PackedFiles() =>
        [.. Directory.GetFiles(_folder.File("packed")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private IEnumerable<string> AllMembers() => Directory.GetFiles(_folder.File("packed"), "*.tar")
        .SelectMany(path => VideoShard.Open(path).Members.Select(member => member.Name.Split('/')[0])).Order(StringComparer.Ordinal);

    private byte[] BytesOf(string name)
    {
        foreach (string path in Directory.GetFiles(_folder.File("packed"), "*.tar"))
        {
            if (VideoShard.Open(path).TryFind(name, out VideoSource source))
            {
                return File.ReadAllBytes(path)[(int)source.Offset..(int)(source.Offset + source.Length)];
            }
        }

        throw new InvalidOperationException($"No shard has {name}.");
    }
}
