using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>What a follower gives while files grow, against the same windows read from the finished files.</summary>
public sealed class VideoFollowerTests : IDisposable
{
    private const string Moving = "testsrc2=size=64x48:rate=30:duration=7.3";
    private static readonly WindowRule s_rule = new(2, 0.75);
    private static readonly ClipView s_view = new(new SegmentSampling(jitter: false), new CentreCrop(), FrameCount: 4, Size: 16);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("growing.ts", "-c:v libx264 -g 12 -bf 2")]
    [InlineData("growing.ts", "-c:v libx265 -x265-params keyint=24:open-gop=1:log-level=none")]
    [InlineData("growing.mkv", "-c:v libx264 -g 30 -bf 3")]
    [InlineData("growing.mp4", "-c:v libx264 -g 15 -movflags +frag_keyframe+empty_moov+default_base_moof")]
    [InlineData("growing.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20")]
    public async Task A_growing_file_gives_the_windows_of_the_finished_one(string name, string options)
    {
        string finished = _folder.File("finished" + Path.GetExtension(name)), growing = _folder.File(name);
        GrowingFile.Make(finished, ["-f", "lavfi", "-i", Moving, .. options.Split(' '), "-pix_fmt", "yuv420p"]);
        File.WriteAllBytes(growing, []);
        byte[] bytes = File.ReadAllBytes(finished);
        Task writing = Task.Run(() => GrowingFile.AppendAsync(growing, bytes, seed: name.Length));

        List<FollowedWindow> windows = Follow(growing, s_rule, new FollowOptions { IdleSeconds = 1.5 });

        await writing;
        AssertSame(Read(finished, s_rule), windows);
        Assert.All(windows, window => Assert.Equal(growing, window.File));
    }

    [Fact]
    public async Task A_window_comes_before_the_file_has_grown_further()
    {
        string finished = _folder.File("finished.ts"), growing = _folder.File("growing.ts");
        GrowingFile.Make(finished, "-f", "lavfi", "-i", Moving, "-c:v", "libx264", "-g", "12", "-pix_fmt", "yuv420p");
        byte[] bytes = File.ReadAllBytes(finished);
        await File.WriteAllBytesAsync(growing, bytes[..(bytes.Length * 9 / 10)], TestContext.Current.CancellationToken);
        using VideoFollower follower = new(growing, s_rule, s_view, new FollowOptions(), _told.Add);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(20));

        FollowedWindow[] windows = [follower.Next(stop.Token)!, follower.Next(stop.Token)!];

        AssertSame(Read(finished, s_rule)[..2], windows);
        stop.CancelAfter(TimeSpan.FromMilliseconds(500));
        Assert.Throws<OperationCanceledException>(() =>
        {
            while (follower.Next(stop.Token) is not null)
            {
            }
        });
    }

    [Fact]
    public async Task An_ordinary_mp4_is_waited_for_and_said_to_be()
    {
        string finished = _folder.File("finished.mp4"), growing = _folder.File("growing.mp4");
        GrowingFile.Make(finished, "-f", "lavfi", "-i", Moving, "-c:v", "libx264", "-pix_fmt", "yuv420p");
        File.WriteAllBytes(growing, []);
        byte[] bytes = File.ReadAllBytes(finished);
        Task writing = Task.Run(() => GrowingFile.AppendAsync(growing, bytes, seed: 3));

        List<FollowedWindow> windows = Follow(growing, s_rule, new FollowOptions());

        await writing;
        AssertSame(Read(finished, s_rule), windows);
        Assert.Contains("fragmented", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_come_once_each_in_the_order_of_their_numbers_whatever_happens_to_them()
    {
        string made = _folder.File("made"), seen = _folder.File("seen");
        Directory.CreateDirectory(made);
        Directory.CreateDirectory(seen);
        GrowingFile.Make(Path.Combine(made, "part%d.ts"), "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=30:duration=24", "-c:v", "libx264", "-g", "60",
            "-pix_fmt", "yuv420p", "-f", "segment", "-segment_time", "2");
        string[] names = [.. Enumerable.Range(0, 12).Select(number => $"part{number}.ts")];
        Dictionary<string, List<FollowedWindow>> expected = names.ToDictionary(name => name, name => Read(Path.Combine(made, name), s_rule));
        using VideoFollower follower = new(seen, s_rule, s_view, new FollowOptions { IdleSeconds = 3 }, _told.Add);
        Task writing = Task.Run(async () =>
        {
            for (int number = 0; number < names.Length; number++)
            {
                string path = Path.Combine(seen, names[number]);
                byte[] bytes = File.ReadAllBytes(Path.Combine(made, names[number]));
                bytes = number switch { 3 => bytes[..100], 5 => [.. Enumerable.Repeat((byte)7, 5000)], _ => bytes };
                await GrowingFile.AppendAsync(path, bytes, number, pieces: 8);
                if (number >= 8)
                {
                    File.Delete(Path.Combine(seen, names[number - 8]));
                }
            }

            await File.WriteAllTextAsync(Path.Combine(seen, "notes.txt"), "no video");
        });

        List<FollowedWindow> windows = [];
        while (follower.Next(TestContext.Current.CancellationToken) is { } window)
        {
            windows.Add(window);
        }

        await writing;
        Assert.Equal(windows.OrderBy(window => Array.IndexOf(names, Path.GetFileName(window.File))), windows);
        for (int number = 0; number < names.Length; number++)
        {
            FollowedWindow[] of = [.. windows.Where(window => Path.GetFileName(window.File) == names[number])];
            if (number is 3 or 5)
            {
                Assert.NotNull(Assert.Single(of).Reason);
            }
            else if (of.All(window => window.Reason is null) || number > 3)
            {
                // The first ones may be deleted before they are read where the machine is busy.
                AssertSame(expected[names[number]], of);
            }
        }
    }

    [Fact]
    public void Damage_in_a_stream_costs_the_windows_that_need_it_and_no_others()
    {
        string whole = _folder.File("whole.ts"), damaged = _folder.File("damaged.ts");
        GrowingFile.Make(whole, "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=12", "-c:v", "libx264", "-g", "30", "-bf", "0", "-pix_fmt", "yuv420p");
        byte[] bytes = File.ReadAllBytes(whole);

        // Packets of 188 bytes are taken out of the middle, as a camera's network loses them.
        const int packet = 188;
        int at = bytes.Length / 2 / packet * packet;
        File.WriteAllBytes(damaged, [.. bytes[..at], .. bytes[(at + (20 * packet))..]]);
        WindowRule rule = new(1, 1);

        List<FollowedWindow> windows = Follow(damaged, rule, new FollowOptions { IdleSeconds = 0.5 });

        List<FollowedWindow> expected = Read(whole, rule);
        Assert.Equal(expected.Count, windows.Count);
        Assert.InRange(windows.Count(window => window.Reason is not null), 1, 3);
        foreach ((FollowedWindow wanted, FollowedWindow got) in expected.Zip(windows).Where(pair => pair.Second.Reason is null))
        {
            Assert.Equal(wanted.Span, got.Span);
            Assert.Equal(wanted.Pixels, got.Pixels);
        }

        Assert.All(windows.Where(window => window.Reason is not null), window => Assert.Contains("damaged", window.Reason!, StringComparison.Ordinal));
    }

    [Fact]
    public void Whole_segments_are_taken_when_they_are_complete_and_a_file_alone_is_refused()
    {
        string seen = _folder.File("whole");
        Directory.CreateDirectory(seen);
        GrowingFile.Make(Path.Combine(seen, "cam-9.ts"), "-f", "lavfi", "-i", Moving, "-c:v", "libx264", "-pix_fmt", "yuv420p");
        GrowingFile.Make(Path.Combine(seen, "cam-10.mp4"), "-f", "lavfi", "-i", Moving, "-c:v", "libx264", "-pix_fmt", "yuv420p");

        List<FollowedWindow> windows = Follow(seen, WindowRule.Whole, new FollowOptions { IdleSeconds = 0.5 });

        AssertSame([.. Read(Path.Combine(seen, "cam-9.ts"), WindowRule.Whole), .. Read(Path.Combine(seen, "cam-10.mp4"), WindowRule.Whole)], windows);
        DataException error = Assert.Throws<DataException>(() => Follow(Path.Combine(seen, "cam-9.ts"), WindowRule.Whole, new FollowOptions()));
        Assert.Contains("--window", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_yet_is_waited_for_and_given_up_when_it_does_not_come()
    {
        string finished = _folder.File("finished.ts"), late = _folder.File("late.ts");
        GrowingFile.Make(finished, "-f", "lavfi", "-i", Moving, "-c:v", "libx264", "-pix_fmt", "yuv420p");
        List<FollowedWindow> windows = [];
        using (VideoFollower follower = new(late, s_rule, s_view, new FollowOptions { IdleSeconds = 1 }, Tell))
        {
            while (follower.Next(TestContext.Current.CancellationToken) is { } window)
            {
                windows.Add(window);
            }
        }

        AssertSame(Read(finished, s_rule), windows);
        Assert.Contains($"There is no '{late}' yet", Assert.Single(_told), StringComparison.Ordinal);
        string never = _folder.File("never");
        DataException error = Assert.Throws<DataException>(() => Follow(never, s_rule, new FollowOptions { IdleSeconds = 0.3 }));
        Assert.Contains($"still no file or folder '{never}' after 0.3 s", error.Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => Follow(_folder.File("never.mp4"), WindowRule.Whole, new FollowOptions { IdleSeconds = 0.3 }));

        // The file comes once its absence is told.
        void Tell(string note)
        {
            _told.Add(note);
            File.Copy(finished, late);
        }
    }

    private List<FollowedWindow> Follow(string path, WindowRule rule, FollowOptions options)
    {
        using VideoFollower follower = new(path, rule, s_view, options, _told.Add);
        List<FollowedWindow> windows = [];
        while (follower.Next(TestContext.Current.CancellationToken) is { } window)
        {
            windows.Add(window);
        }

        return windows;
    }

    private static List<FollowedWindow> Read(string path, WindowRule rule)
    {
        using VideoClipSource source = new();
        StoredVideo video = new(path, new Avion.Video.VideoSource(path));
        Avion.Data.VideoShape shape = source.GetShape(video.SourceOf(0));
        List<FollowedWindow> windows = [];
        foreach (ClipSpan span in rule.IsWhole ? [ClipSpan.Whole] : rule.Cut(0, shape.FrameCount / shape.FramesPerSecond))
        {
            byte[] pixels = new byte[s_view.ClipBytes];
            s_view.Read(video, span, source, pixels);
            windows.Add(new FollowedWindow(path, span.IsWhole ? new ClipSpan(0, shape.FrameCount / shape.FramesPerSecond) : span, pixels));
        }

        return windows;
    }

    private static void AssertSame(IReadOnlyList<FollowedWindow> expected, IReadOnlyList<FollowedWindow> windows)
    {
        Assert.Equal(string.Join("; ", expected.Select(window => window.Span)), string.Join("; ", windows.Select(window => window.Span)));
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Null(windows[i].Reason);
            Assert.True(expected[i].Pixels.AsSpan().SequenceEqual(windows[i].Pixels), $"window {i}, {expected[i].Span}");
        }
    }
}
