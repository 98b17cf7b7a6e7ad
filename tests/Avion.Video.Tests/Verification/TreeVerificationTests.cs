namespace Avion.Video.Tests;

/// <summary>Each kind of damage is found and named; sound trees are sound; a stopped run goes on.</summary>
public sealed class TreeVerificationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TreeVerificationTests() => CopyTree(PreparedTree(), Tree());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sound_tree_has_no_problem_and_its_true_number_of_frames(bool isQuick)
    {
        VerifyReport report = Verify(isQuick);
        Assert.Empty(report.Problems);
        Assert.Equal((5, 0, 100), (report.Files, report.BadFiles, report.Frames));
        Assert.Equal(10.0, report.VideoSeconds, 1e-6);
        Assert.False(File.Exists(Tree(".avion-verify.jsonl")), "a finished run leaves no journal");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_missing_chunk_is_named(bool hasIndex)
    {
        if (!hasIndex)
        {
            File.Delete(Tree("a.mp4/index.avidx"));
            File.Delete(Tree("a.mp4/source.json"));
        }

        File.Delete(Tree("a.mp4/2.mp4"));
        AssertProblem("a.mp4/2.mp4", ProblemKind.Missing, Verify(isQuick: true));
    }

    [Fact]
    public void An_expected_file_that_is_not_there_is_named()
    {
        string list = _folder.File("expected.txt");
        File.WriteAllLines(list, ["a.mp4/0.mp4", "a.mp4", "", "c.mp4"]);
        AssertProblem("c.mp4", ProblemKind.Missing,
            new TreeVerification(new VerifyOptions { IsQuick = true, ExpectedList = list }).Run(Tree()));
    }

    [Fact]
    public void A_truncated_chunk_is_named_with_the_time_at_which_it_ends()
    {
        DamagedVideos.CutShort(Tree("a.mp4/0.mp4"), Tree("a.mp4/0.mp4"), 0.95);
        Problem problem = Verify(isQuick: true).Problems.Single(problem => problem.Kind == ProblemKind.Truncated);
        Assert.Equal(Tree("a.mp4/0.mp4"), problem.Path);
        Assert.InRange(problem.TimeSeconds!.Value, 0.1, 1.9);
    }

    [Fact]
    public void A_chunk_without_its_tables_is_truncated()
    {
        string path = Tree("a.mp4/0.mp4");
        FFmpegProgram.Run($"-i \"{path}\" -c copy \"{path}.end.mp4\"");
        DamagedVideos.CutShort(path + ".end.mp4", path, 0.5);
        File.Delete(path + ".end.mp4");
        Assert.Contains(Verify(isQuick: true).Problems, problem => problem.Path == path && problem.Kind == ProblemKind.Truncated);
    }

    [Fact]
    public void Empty_and_foreign_files_are_named()
    {
        File.WriteAllBytes(Tree("a.mp4/0.mp4"), []);
        File.WriteAllText(Tree("b.mp4/0.mp4"), "words instead of pictures\n");
        VerifyReport report = Verify(isQuick: true);
        Assert.Contains(report.Problems, problem => problem.Path == Tree("a.mp4/0.mp4") && problem.Kind == ProblemKind.Empty);
        Assert.Contains(report.Problems, problem => problem.Path == Tree("b.mp4/0.mp4") && problem.Kind == ProblemKind.NotVideo);
        Assert.Equal(2, report.BadFiles);
    }

    [Fact]
    public void Bytes_that_changed_in_the_middle_are_found_by_the_full_check()
    {
        DamagedVideos.Scribble(Tree("a.mp4/2.mp4"), 0.7, 1);
        Assert.Empty(Verify(isQuick: true).Problems);
        AssertProblem("a.mp4/2.mp4", ProblemKind.Corrupt, Verify(isQuick: false));
    }

    [Fact]
    public void Without_an_index_damage_is_found_by_decoding()
    {
        File.Delete(Tree("a.mp4/index.avidx"));
        DamagedVideos.Scribble(Tree("a.mp4/2.mp4"), 0.6, 600);
        Problem problem = AssertProblem("a.mp4/2.mp4", ProblemKind.Corrupt, Verify(isQuick: false));
        Assert.Contains("of 20 frames were decoded", problem.Detail, StringComparison.Ordinal);
        Assert.InRange(problem.TimeSeconds!.Value, 0, 2);
    }

    [Fact]
    public void A_damaged_packet_header_is_found_by_the_quick_check()
    {
        // The first bytes of the media data are the first keyframe's length.
        byte[] bytes = File.ReadAllBytes(Tree("b.mp4/0.mp4"));
        int media = bytes.AsSpan().IndexOf("mdat"u8) + 4;
        bytes[media] = 0x7F;
        File.WriteAllBytes(Tree("b.mp4/0.mp4"), bytes);
        Assert.Contains(Verify(isQuick: true).Problems, problem => problem.Path == Tree("b.mp4/0.mp4")
            && problem.Kind == ProblemKind.Corrupt);
    }

    [Fact]
    public void A_header_that_declares_frames_that_are_not_there_is_found_by_decoding()
    {
        // A copy whose pictures 30 to 49 are filler: the table lists them, the decoder gives none.
        string whole = TestVideos.Make("filler.mp4", "-c:v libx264 -preset ultrafast -g 10 -bf 0 -movflags +faststart", frames: 60);
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoIndex index = reader.GetInfo(whole).Index;
        byte[] bytes = File.ReadAllBytes(whole);
        for (int sample = 30; sample < 50; sample++)
        {
            // One filler NAL unit (type 12) as long as the sample.
            Span<byte> packet = bytes.AsSpan((int)index.Offsets[sample], index.Sizes[sample]);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - 4);
            packet[4] = 12;
            packet[5..].Fill(0xFF);
            packet[^1] = 0x80;
        }

        Directory.CreateDirectory(Tree("filler"));
        File.WriteAllBytes(Tree("filler/x.mp4"), bytes);
        Assert.Empty(Verify(isQuick: true).Problems);
        Problem problem = Assert.Single(Verify(isQuick: false).Problems);
        Assert.Equal(Tree("filler/x.mp4"), problem.Path);
        Assert.Contains("of 60 frames were decoded", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_chunk_before_another_is_named()
    {
        File.Delete(Tree("a.mp4/index.avidx"));
        CounterVideo.Make(Tree("a.mp4/2.mp4"), frames: 12, rate: "10");
        AssertProblem("a.mp4/2.mp4", ProblemKind.Short, Verify(isQuick: true));
    }

    [Fact]
    public void A_variable_rate_is_named()
    {
        CounterVideo.Make(Tree("phone/x.mp4"), frames: 40, rate: "10", filter: "setpts='(N+2*gt(mod(N,20),10))/10/TB'",
            coding: "-c:v libx264 -preset ultrafast -fps_mode passthrough");
        AssertProblem("phone/x.mp4", ProblemKind.VariableRate, Verify(isQuick: true));
    }

    [Fact]
    public void Another_container_than_the_name_says_is_named()
    {
        Directory.CreateDirectory(Tree("other"));
        CounterVideo.Make(Tree("other/x.mkv"), frames: 20, rate: "10");
        File.Move(Tree("other/x.mkv"), Tree("other/x.mp4"));
        AssertProblem("other/x.mp4", ProblemKind.Misdeclared, Verify(isQuick: true));
    }

    [Fact]
    public void A_replaced_file_makes_its_index_stale_until_it_is_fixed()
    {
        CounterVideo.Make(Tree("b.mp4/0.mp4"), frames: 20, rate: "10", coding: "-c:v libx264 -preset ultrafast -crf 5");
        AssertProblem("b.mp4/0.mp4", ProblemKind.StaleIndex, Verify(isQuick: true));
        VerifyReport report = new TreeVerification(new VerifyOptions { IsQuick = true, Fix = true }).Run(Tree());
        Assert.Equal((0, 1), (report.Problems.Count, report.IndexesFixed));
        Assert.Empty(Verify(isQuick: false).Problems);
    }

    [Fact]
    public void Fixing_an_index_does_not_hide_what_is_wrong_with_a_file()
    {
        DamagedVideos.Scribble(Tree("a.mp4/2.mp4"), 0.7, 1);
        File.Delete(Tree("a.mp4/4.mp4"));
        CounterVideo.Make(Tree("a.mp4/0.mp4"), frames: 20, rate: "10", coding: "-c:v libx264 -preset ultrafast -crf 5");
        ProblemKind[] kinds = [ProblemKind.Corrupt, ProblemKind.Missing];
        Assert.Equal(kinds, new TreeVerification(new VerifyOptions { Fix = true }).Run(Tree()).Problems.Select(problem => problem.Kind));
        Assert.Equal(kinds, Verify(isQuick: false).Problems.Select(problem => problem.Kind));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void A_damaged_index_is_named_and_fixed(double at)
    {
        DamagedVideos.Scribble(Tree("a.mp4/index.avidx"), at, 4);
        Assert.Contains(Verify(isQuick: true).Problems, problem => problem.Kind == ProblemKind.StaleIndex);
        Assert.Empty(new TreeVerification(new VerifyOptions { IsQuick = true, Fix = true }).Run(Tree()).Problems);
        Assert.Empty(Verify(isQuick: false).Problems);
    }

    [Fact]
    public void A_stopped_run_goes_on_where_it_was_and_looks_again_at_what_changed()
    {
        // What the first, stopped run saw is changed behind the journal's back where the journal must believe, and openly where it must
        // not.
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => new TreeVerification(new VerifyOptions { Jobs = 1 }).Run(
            Tree(), progress => { if (progress.Files == 3) { stop.Cancel(); } }, cancellation: stop.Token));
        string journal = Tree(".avion-verify.jsonl");
        Assert.True(File.Exists(journal));
        File.AppendAllText(journal, "{\"stamp\":12,\"fra");
        DamagedVideos.Scribble(Tree("a.mp4/0.mp4"), 0.7, 1);
        File.SetLastWriteTimeUtc(Tree("a.mp4/2.mp4"), DateTime.UtcNow.AddMinutes(-1));

        VerifyReport report = Verify(isQuick: false);
        Assert.Equal((5, 2), (report.Files, report.Resumed));
        Assert.Empty(report.Problems);
        AssertProblem("a.mp4/0.mp4", ProblemKind.Corrupt, Verify(isQuick: false));
    }

    [Fact]
    public void A_journal_of_a_quick_run_is_not_believed_by_a_full_one()
    {
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => new TreeVerification(new VerifyOptions { Jobs = 1, IsQuick = true }).Run(
            Tree(), progress => { if (progress.Files == 3) { stop.Cancel(); } }, cancellation: stop.Token));
        Assert.Equal(0, Verify(isQuick: false).Resumed);
    }

    [Fact]
    public void Members_of_a_shard_are_checked_like_files()
    {
        string shard = Path.Combine(ShardFolder(), "shard-000000.tar");
        Directory.CreateDirectory(Tree("shards"));
        File.Copy(shard, Tree("shards/s.tar"));
        File.Copy(shard + ".avidx", Tree("shards/s.tar.avidx"));
        File.SetLastWriteTimeUtc(Tree("shards/s.tar"), File.GetLastWriteTimeUtc(shard));
        VerifyReport report = Verify(isQuick: false);
        Assert.Empty(report.Problems);
        Assert.Equal((10, 200), (report.Files, report.Frames));

        VideoSource second = VideoShard.Open(Tree("shards/s.tar")).Members[1].Source;
        DamagedVideos.Scribble(Tree("shards/s.tar"), (second.Offset + (0.8 * second.Length)) / new FileInfo(shard).Length, 20);
        AssertProblem("shards/s.tar/a.mp4/2.mp4", ProblemKind.Corrupt, Verify(isQuick: false));
    }

    [Fact]
    public void A_shard_that_ends_between_two_members_lacks_the_rest()
    {
        const int headerBytes = 512;
        string shard = Path.Combine(ShardFolder(), "shard-000000.tar");
        Directory.CreateDirectory(Tree("shards"));
        File.Copy(shard, Tree("shards/s.tar"));
        File.Copy(shard + ".avidx", Tree("shards/s.tar.avidx"));
        ShardMember last = VideoShard.Open(shard).Members[^1];
        using (FileStream file = File.OpenWrite(Tree("shards/s.tar")))
        {
            file.SetLength(last.Source.Offset - headerBytes);
        }

        IReadOnlyList<Problem> problems = Verify(isQuick: true).Problems;
        Assert.Contains(problems, problem => problem.Kind == ProblemKind.Missing && problem.Path.EndsWith($"shards/s.tar/{last.Name}", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Kind == ProblemKind.Corrupt && problem.Path.EndsWith("shards/s.tar", StringComparison.Ordinal));
        Assert.Equal([last.Name], VideoShard.Open(Tree("shards/s.tar"), out _).Lacking);
    }

    [Fact]
    public void A_shard_that_lost_its_end_alone_is_no_whole_archive()
    {
        string shard = Path.Combine(ShardFolder(), "shard-000000.tar");
        Directory.CreateDirectory(Tree("shards"));
        byte[] bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(Tree("shards/s.tar"), bytes[..^1024]);
        File.Copy(shard + ".avidx", Tree("shards/s.tar.avidx"));
        File.SetLastWriteTimeUtc(Tree("shards/s.tar"), File.GetLastWriteTimeUtc(shard));
        Problem problem = Assert.Single(Verify(isQuick: true).Problems);
        Assert.Contains("lacks the end of an archive", problem.Detail);
        Assert.Empty(VideoShard.Open(Tree("shards/s.tar"), out _).Lacking);
    }

    [Fact]
    public void Many_missing_members_of_a_shard_are_told_by_their_number()
    {
        const int count = 250;
        string video = Directory.GetFiles(Path.Combine(PreparedTree(), "b.mp4"), "0.mp4").Single();
        byte[] content = File.ReadAllBytes(video);
        Directory.CreateDirectory(Tree("many"));
        File.WriteAllBytes(Tree("many/m.tar"), [.. Enumerable.Range(0, count).SelectMany(number => TarText.Member($"{number}.mp4", content)), .. new byte[1024]]);
        Assert.Equal(count, TreeIndexing.Run(Tree("many"), withChecksums: false, isForced: false, jobs: 2).Videos);
        File.WriteAllBytes(Tree("many/m.tar"), [.. TarText.Member("0.mp4", content), .. new byte[1024]]);
        Problem[] missing = [.. Verify(isQuick: true).Problems.Where(problem => problem.Kind == ProblemKind.Missing)];
        Assert.Equal(101, missing.Length);
        Assert.Contains($"{count - 1 - 100} further files are missing", missing.Single(problem => problem.Path.EndsWith("m.tar", StringComparison.Ordinal)).Detail);
    }

    [Fact]
    public void A_tree_that_is_not_there_is_an_error_and_no_clean_bill() =>
        Assert.ThrowsAny<IOException>(() => new TreeVerification(new VerifyOptions()).Run(_folder.File("nowhere")));

    /// <summary>Two videos: a of four chunks of two seconds, b of one.</summary>
    private static string PreparedTree() => TestVideos.Make("verified-tree", path => Prepare(path, new PrepareOptions()));

    private static string ShardFolder() =>
        TestVideos.Make("verified-shards", path => Prepare(path, new PrepareOptions { ShardBytes = 1L << 40 }));

    private static void Prepare(string path, PrepareOptions options)
    {
        CounterVideo.Make(path + "-source/a.mp4", frames: 80, rate: "10");
        CounterVideo.Make(path + "-source/b.mp4", frames: 20, rate: "10");
        new TreePreparation(options with { ChunkSeconds = 2, FramesPerSecond = new FrameRate(10), Jobs = 1 }).Run(path + "-source", path);
    }

    private static void CopyTree(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*",
            SearchOption.AllDirectories).Where(file => !file.Contains(".avion", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private Problem AssertProblem(string name, ProblemKind kind, VerifyReport report)
    {
        Problem problem = Assert.Single(report.Problems);
        Assert.Equal((Tree(name), kind), (problem.Path, problem.Kind));
        Assert.Equal(1, report.BadFiles);
        return problem;
    }

    private VerifyReport Verify(bool isQuick) => new TreeVerification(new VerifyOptions { IsQuick = isQuick, Jobs = 2 }).Run(Tree());

    private string Tree(string name = "") => Path.Combine(_folder.FullName, "tree", name).TrimEnd('/');
}
