namespace Avion.Data.Tests;

/// <summary>Answers for the length of files and reads nothing.</summary>
internal sealed class ShapesOnly(Func<string, VideoShape> shape) : IClipSource
{
    public VideoShape GetShape(in VideoSource video) => shape(video.Path);

    public void Read(
        in VideoSource video,
        ReadOnlySpan<int> frames,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellation) =>
        throw new NotSupportedException();

    public void Dispose()
    {
    }
}

public sealed class SegmentSamplingTests
{
    public static IEnumerable<TheoryDataRow<string, string>> LoaderCases()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.Asset("data", "chunk_loader.json")));
        foreach (JsonElement entry in document.RootElement.EnumerateArray())
        {
            yield return new(entry.GetProperty("name").GetString()!, entry.GetRawText());
        }
    }

    [Theory]
    [MemberData(nameof(LoaderCases))]
    public void Frames_of_a_chunk_tree_are_those_of_the_reference(string name, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement entry = document.RootElement;
        Dictionary<int, int> chunks = entry.GetProperty("chunks(start->frames)").EnumerateObject()
            .ToDictionary(chunk => int.Parse(chunk.Name, CultureInfo.InvariantCulture), chunk => chunk.Value.GetInt32());
        (double start, double end) = (entry.GetProperty("second").GetDouble(), entry.GetProperty("end_second").GetDouble());
        double rate = entry.GetProperty("fps").GetDouble();
        using TemporaryFolder folder = new();
        (int length, int frames) = (entry.GetProperty("chunk_len").GetInt32(), entry.GetProperty("clip_length").GetInt32());
        ClipRequest Draw() => Choose(folder, chunks, length, rate, start, end, frames);

        if (entry.GetProperty("result").ValueKind == JsonValueKind.String)
        {
            Assert.Contains("missing", Assert.Throws<DataException>(Draw).Message);
            return;
        }

        ClipRequest request = Draw();
        List<(string, string)> expected = entry.GetProperty("reads").EnumerateArray()
            .Select(read => (read[0].GetString()!, string.Join(' ', read[1].EnumerateArray().Select(frame => frame.GetInt32())))).ToList();
        Assert.Equal(expected, Reads(request));
        Assert.True(name.Length > 0);
    }

    [Theory]
    [InlineData(0, 32, new[] { 4, 12, 20, 28 })]
    [InlineData(10, 45, new[] { 11, 13, 15, 17, 19, 22, 24, 26, 28, 30, 32, 35, 37, 39, 41, 43 })]
    [InlineData(100, 103, new[] { 100, 101, 101, 102 })]
    [InlineData(450, 455, new[] { 450, 450, 450, 451, 451, 451, 452, 452, 452, 452, 453, 453, 453, 454, 454, 454 })]
    [InlineData(0, 300, new[] { 9, 28, 46, 65, 84, 103, 121, 140, 159, 178, 196, 215, 234, 253, 271, 290 })]
    [InlineData(30, 31, new[] { 30, 30, 30, 30 })]
    [InlineData(437, 463, new[] { 440, 446, 453, 459 })]
    public void Middles_are_those_of_the_reference(int first, int last, int[] expected)
    {
        int[] frames = new int[expected.Length];
        CounterRandom random = new(1, 2);
        SegmentSampling.Middles(first, last, 0.5, jitter: false, ref random, frames);
        Assert.Equal(expected, frames);
    }

    [Fact]
    public void Jittered_frames_stay_in_their_part_and_cover_it()
    {
        int[] frames = new int[4];
        HashSet<int>[] seen = [[], [], [], []];
        for (ulong stream = 0; stream < 2000; stream++)
        {
            CounterRandom random = new(7, stream);
            SegmentSampling.Middles(100, 140, 0.5, jitter: true, ref random, frames);
            for (int k = 0; k < 4; k++)
            {
                Assert.InRange(frames[k], 100 + (10 * k), 109 + (10 * k));
                seen[k].Add(frames[k]);
            }

            // An empty segment at a chunk's beginning must not fall into the chunk before.
            SegmentSampling.Middles(450, 450, 0.5, jitter: true, ref random, frames);
            Assert.All(frames, frame => Assert.Equal(450, frame));
        }

        Assert.All(seen, part => Assert.Equal(10, part.Count));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3.3, 3.4)]
    [InlineData(14.99, 15.01)]
    [InlineData(44.9, 51)]
    [InlineData(0, 1000)]
    [InlineData(-5, 2)]
    [InlineData(51.9, 52.2)]
    public void Every_frame_exists_whatever_the_segment(double start, double end)
    {
        using TemporaryFolder folder = new();
        Dictionary<int, int> chunks = new() { [0] = 450, [15] = 449, [30] = 448, [45] = 200 };
        for (ulong stream = 0; stream < 50; stream++)
        {
            ClipRequest request = Choose(folder, chunks, 15, 30, start, end, 16, jitter: true, stream);
            Assert.Equal(16, request.Segments.Sum(segment => segment.Count));
            int next = 0;
            foreach (ClipSegment segment in request.Segments)
            {
                Assert.Equal(next, segment.First);
                next += segment.Count;
                int length = chunks[int.Parse(Path.GetFileNameWithoutExtension(segment.Video.Path), CultureInfo.InvariantCulture)];
                Assert.All(request.Frames.Slice(segment.First, segment.Count).ToArray(), frame => Assert.InRange(frame, 0, length - 1));
            }
        }
    }

    [Theory]
    [InlineData(60, 62, "begins after the video's last frame")]
    [InlineData(31, 33, "Chunk 30 s")]
    [InlineData(28, 33, "Chunk 30 s")]
    public void Segments_without_frames_are_errors(double start, double end, string message)
    {
        using TemporaryFolder folder = new();
        Dictionary<int, int> chunks = new() { [0] = 450, [15] = 450, [45] = 200 };
        DataException error = Assert.Throws<DataException>(() => Choose(folder, chunks, 15, 30, start, end, 16));
        Assert.Contains(message, error.Message);
        Assert.Contains("'v'", error.Message);
    }

    [Fact]
    public void A_chunk_much_shorter_than_the_others_is_an_error()
    {
        using TemporaryFolder folder = new();
        Dictionary<int, int> chunks = new() { [0] = 300, [15] = 450 };
        Assert.Contains("shorter than 15 s", Assert.Throws<DataException>(() => Choose(folder, chunks, 15, 30, 8, 17, 16)).Message);
    }

    [Fact]
    public void Frames_of_a_video_in_one_piece_follow_the_reference()
    {
        // f0 = round(2.1·30) = 63, duration = max(trunc(1.5·30), 4) = 45: edges 63 … 108.
        ClipRequest request = new(4, 8, 8, 0);
        StoredVideo video = new("v", new VideoSource("/v.mp4"));
        ShapesOnly shapes = new(_ => new VideoShape(320, 240, 100, 30));
        CounterRandom random = new(1, 2);
        new SegmentSampling(jitter: false).Choose(video, new ClipSpan(2.1, 3.6), 0, ref random, shapes, request);

        // 108 is past the end: edges 63 … 100, step 9.25.
        Assert.Equal([67, 76, 86, 95], request.Frames.ToArray());
    }

    private static ClipRequest Choose(
        TemporaryFolder folder,
        Dictionary<int, int> chunks,
        int chunkSeconds,
        double rate,
        double start,
        double end,
        int frameCount,
        bool jitter = false,
        ulong stream = 0)
    {
        Directory.CreateDirectory(folder.File("v.mp4"));
        foreach (int chunk in chunks.Keys)
        {
            File.WriteAllText(folder.File("v.mp4", $"{chunk}.mp4"), "not read");
        }

        File.WriteAllText(folder.File("v.mp4", "0.mp4.index"), "other files are ignored");
        ShapesOnly shapes = new(path =>
            new VideoShape(320, 240, chunks[int.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture)], rate));
        ClipRequest request = new(frameCount, 8, 8, 0);
        CounterRandom random = new(1, stream);
        StoredVideo video = new ChunkTree(folder.FullName, chunkSeconds).Find("v");
        new SegmentSampling(jitter).Choose(video, new ClipSpan(start, end), 0, ref random, shapes, request);
        return request;
    }

    private static List<(string, string)> Reads(ClipRequest request) => [.. request.Segments.Select(segment =>
        (Path.GetFileName(segment.Video.Path), string.Join(' ', request.Frames.Slice(segment.First, segment.Count).ToArray())))];
}
