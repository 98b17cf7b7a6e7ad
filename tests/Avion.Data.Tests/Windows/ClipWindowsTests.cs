namespace Avion.Data.Tests;

/// <summary>Videos as people name them, and the clips that are cut from them.</summary>
public sealed class ClipWindowsTests(MixedVideos videos) : IClassFixture<MixedVideos>
{
    [Fact]
    public void A_folder_gives_files_and_chunk_folders_each_once()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        NamedVideos store = new(videos.Root, videos.Path("a.mp4"), videos.Root + "/deep");
        Assert.Equal(MixedVideos.Good.Concat(MixedVideos.Bad).Order(StringComparer.Ordinal).Select(name => $"{videos.Root}/{name}"),
            store.ListWhole().Videos);
        StoredVideo cut = store.Find($"{videos.Root}/long.mp4");
        Assert.Equal((3, 2, 4), (cut.ChunkCount, cut.ChunkSeconds, cut.StartOf(2)));
        Assert.Equal(1, new NamedVideos(videos.Path("long.mp4")).Count);
        Assert.Equal(videos.Path("deep/b.mkv"), store.Find("b").SourceOf(0).Path);
        Assert.Equal(videos.Path("notes.txt"), new NamedVideos(videos.Path("notes.txt")).ListWhole().Videos.Single());
        Assert.Contains("no file or folder", Assert.Throws<DataException>(() => new NamedVideos(videos.Root, "gone.mp4")).Message);
    }

    [Fact]
    public void Two_files_of_one_chunk_are_refused_and_a_gap_keeps_the_length()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("v.mp4"));
        foreach (string chunk in new[] { "0.mp4", "30.mp4", "45.mp4" })
        {
            File.WriteAllText(folder.File("v.mp4", chunk), "");
        }

        Assert.Equal(15, new NamedVideos(folder.FullName).Find("v").ChunkSeconds);
        File.WriteAllText(folder.File("v.mp4", "45.mkv"), "");
        Assert.Contains("the same chunk", Assert.Throws<DataException>(() => new NamedVideos(folder.FullName)).Message);
    }

    [Fact]
    public void Windows_run_over_whole_videos_and_what_cannot_be_opened_is_listed()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        NamedVideos store = new(videos.Root);
        ClipWindows one = Cut(threads: 1), many = Cut(threads: 5);
        Assert.Equal(MixedVideos.Bad.Select(name => $"{videos.Root}/{name}"), one.Bad.Select(bad => bad.Name));
        Assert.All(one.Bad, bad => Assert.NotEmpty(bad.Reason));
        Assert.Equal(Texts(one), Texts(many));
        Assert.Equal(
        [
            "a.mp4 0-4", "a.mp4 2-6", "a.mp4 4-8", "a.mp4 6-10", "deep/b.mkv 0-3", "long.mp4 0-4", "long.mp4 1-5",
        ], Texts(one));
        Assert.Equal(6, new ClipWindows(store.ListWhole(), store).Table.Count);

        ClipWindows Cut(int threads) =>
            ClipWindows.Cut(store.ListWhole(), store, new WindowRule(4, 2), static () => new VideoClipSource(), threads);

        string[] Texts(ClipWindows windows) => [.. Enumerable.Range(0, windows.Table.Count).Select(i => FormattableString.Invariant(
            $"{windows.Table.Videos[windows.Table[i].Video][(videos.Root.Length + 1)..]} {windows.Table[i].Span.Start}-{windows.Table[i].Span.End}"))];
    }

    [Fact]
    public void Annotated_stretches_are_cut_within_their_times_and_within_the_video()
    {
        Assert.SkipUnless(videos.Reason.Length == 0, videos.Reason);
        ClipTable clips = new("list");
        clips.Add("a", new ClipSpan(1, 5));
        clips.Add("gone", new ClipSpan(1, 5));
        clips.Add("long", new ClipSpan(3, 60));
        clips.Add("a", ClipSpan.Whole);
        ClipWindows cut = ClipWindows.Cut(clips, new NamedVideos(videos.Root), new WindowRule(2, 2), static () => new VideoClipSource());
        Assert.Equal([(1, 3), (3, 5), (3, 5), (0, 2), (2, 4), (4, 6), (6, 8), (8, 10)],
            Enumerable.Range(0, cut.Table.Count).Select(i => (cut.Table[i].Span.Start, cut.Table[i].Span.End)));
        Assert.Equal("gone", Assert.Single(cut.Bad).Name);
    }
}
