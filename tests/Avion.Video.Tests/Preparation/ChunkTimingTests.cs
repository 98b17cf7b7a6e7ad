namespace Avion.Video.Tests;

/// <summary>Which picture of the source each picture of each chunk is.</summary>
public sealed class ChunkTimingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("compatible")]
    [InlineData("fast")]
    [InlineData("faster")]
    [InlineData("intra")]
    public void Every_picture_of_an_even_source_is_in_its_place(string profile)
    {
        string source = CounterVideo.Make(_folder.File("source", "a.mp4"), frames: 165);
        Prepare(source, new PrepareOptions { Profile = EncodeProfile.Find(profile)!, ChunkSeconds = 2 });
        Assert.Equal(["0.mp4", "2.mp4", "4.mp4", "index.avidx", "source.json"], Names("a.mp4"));
        Assert.Equal(Enumerable.Range(0, 60), CounterVideo.Read(Chunk("a.mp4", 0)));
        Assert.Equal(Enumerable.Range(60, 60), CounterVideo.Read(Chunk("a.mp4", 2)));
        Assert.Equal(Enumerable.Range(120, 45), CounterVideo.Read(Chunk("a.mp4", 4)));
        foreach (int second in (int[])[0, 2, 4])
        {
            AssertStartsAtZeroAndIsEven(Chunk("a.mp4", second));
        }
    }

    [Theory]
    [InlineData("open.mp4", "-c:v libx264 -preset ultrafast -bf 3 -x264-params open-gop=1:keyint=70:b-adapt=0", "")]
    [InlineData("late.mkv", "-c:v libx264 -preset ultrafast -bf 2 -g 250 -output_ts_offset 3.7", "")]
    [InlineData("sound.mp4", "-c:v libx264 -preset ultrafast -c:a aac -map 0:v -map 1:a -shortest", "-itsoffset -0.3 -f lavfi -i sine=d=300")]
    [InlineData("hevc.mov", "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1", "")]
    public void Parts_that_are_encoded_apart_fit_together_exactly(string name, string coding, string inputs)
    {
        // 260 s make three parts of 120 s.
        string source = CounterVideo.Make(_folder.File("source", name), frames: 2600, rate: "10", coding: coding, inputs: inputs);
        Prepare(source, new PrepareOptions { ChunkSeconds = 20, FramesPerSecond = new FrameRate(10) });
        string target = Path.ChangeExtension(name, ".mp4");
        IReadOnlyList<int[]> chunks = CounterVideo.ReadEach([.. Enumerable.Range(0, 13).Select(chunk => Chunk(target, chunk * 20))]);
        Assert.All(chunks.Select((numbers, chunk) => (numbers, chunk)), pair => Assert.Equal(Enumerable.Range(pair.chunk * 200, 200), pair.numbers));
    }

    [Theory]
    [InlineData("25", "")]
    [InlineData("60", "")]
    [InlineData("30000/1001", "")]
    [InlineData("30", "setpts='(N+0.7*sin(N*1.3)+4*gt(mod(N,40),30))/30/TB',settb=1/1000")]
    [InlineData("30", "select='gt(mod(n,50),9)',settb=1/1000")]
    public void Each_picture_is_the_nearest_of_the_source(string rate, string filter)
    {
        string source = CounterVideo.Make(
            _folder.File("source", "vfr.mkv"), frames: 200, rate, "-c:v libx264 -preset ultrafast -bf 2 -fps_mode passthrough", filter);
        Prepare(source, new PrepareOptions { ChunkSeconds = 4 });

        double[] times = CounterVideo.Times(source);
        int[] numbers = CounterVideo.Read(source);
        const double half = 0.5 / 30;
        string[] chunks = [.. Directory.GetFiles(_folder.File("out", "vfr.mp4"), "*.mp4").OrderBy(SecondOf)];
        int[] shown = [.. CounterVideo.ReadEach(chunks).SelectMany(chunk => chunk)];
        Assert.InRange(shown.Length / 30.0, times[^1] - half, times[^1] + (3 * half) + (1.0 / 25));
        for (int frame = 0; frame < shown.Length; frame++)
        {
            int picture = Array.IndexOf(numbers, shown[frame]);
            Assert.True(picture >= 0 && picture < times.Length, $"frame {frame} shows {shown[frame]}, which is none of the {times.Length} pictures {string.Join(' ', numbers)}");
            // Matroska's clock ticks in milliseconds, so that a picture half-way between two frames may go to either.
            const double tick = 1e-3;
            Assert.True(times[picture] <= (frame / 30.0) + half + tick, $"frame {frame} shows picture {picture} of {times[picture]:0.000} s, too early");
            double next = picture + 1 < times.Length ? times[picture + 1] : double.PositiveInfinity;
            Assert.True(next >= (frame / 30.0) + half - tick, $"frame {frame} shows picture {picture}, though the next, of {next:0.000} s, is nearer");
        }

        foreach (string chunk in chunks)
        {
            AssertStartsAtZeroAndIsEven(chunk);
        }
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_number_of_jobs()
    {
        string source = CounterVideo.Make(_folder.File("source", "a.mp4"), frames: 1300, rate: "5", coding: "-c:v libx264 -preset ultrafast -bf 2 -g 60");
        PrepareOptions options = new() { ChunkSeconds = 20, FramesPerSecond = new FrameRate(5), Jobs = 1 };
        new TreePreparation(options).Run(source, _folder.File("one"));
        new TreePreparation(options with { Jobs = 3 }).Run(source, _folder.File("three"));
        string[] chunks = [.. Directory.GetFiles(_folder.File("one", "a.mp4"), "*.mp4")];
        Assert.Equal(13, chunks.Length);
        Assert.All(chunks, chunk => Assert.Equal(File.ReadAllBytes(chunk), File.ReadAllBytes(_folder.File("three", "a.mp4", Path.GetFileName(chunk)))));
    }

    [Fact]
    public void A_video_shorter_than_a_chunk_is_one_chunk_of_its_length()
    {
        string source = CounterVideo.Make(_folder.File("source", "short.mp4"), frames: 7);
        Prepare(source, new PrepareOptions());
        Assert.Equal(Enumerable.Range(0, 7), CounterVideo.Read(Chunk("short.mp4", 0)));
    }

    [Fact]
    public void A_still_picture_is_a_chunk_of_one_frame()
    {
        string source = CounterVideo.Make(_folder.File("source", "one.mp4"), frames: 1);
        Prepare(source, new PrepareOptions());
        Assert.Equal([0], CounterVideo.Read(Chunk("one.mp4", 0)));
    }

    private static long SecondOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture);

    private static void AssertStartsAtZeroAndIsEven(string chunk)
    {
        double[] times = CounterVideo.TimesFromStart(chunk);
        Assert.All(times.Select((time, frame) => (time, frame)), pair => Assert.Equal(pair.frame / 30.0, pair.time, 1e-5));
    }

    private void Prepare(string source, PrepareOptions options)
    {
        PrepareReport report = new TreePreparation(options with { Jobs = 2 }).Run(source, _folder.File("out"));
        Assert.Empty(report.Bad);
        Assert.Equal(1, report.Prepared);
    }

    private string Chunk(string video, int second) => _folder.File("out", video, $"{second}.mp4");

    private IEnumerable<string> Names(string video) => Directory.GetFiles(_folder.File("out", video)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
