namespace Avion.ConformanceTool;

/// <summary>Which frames of which chunk files make up a clip.</summary>
internal sealed class ChunkLoaderConformance : IConformanceKind
{
    /// <summary>The fixture is a list without a kind, known by the field that each case has.</summary>
    public const string KnownBy = "chunks(start->frames)";

    public string Kind => "chunk_loader";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        foreach (JsonElement item in fixture.EnumerateArray())
        {
            string name = item.Required("name").GetString()!;
            string expected = item.Required("result").ValueKind == JsonValueKind.String
                ? "an error, for a chunk is missing"
                : string.Join(", ", item.Required("reads").EnumerateArray().Select(read =>
                    $"{read[0].GetString()} [{string.Join(' ', read[1].Ints())}]"));
            string actual = Reads(item);
            figures.Same($"frames: {name}", actual == expected, $"got {actual}; expected {expected}");
        }
    }

    private static string Reads(JsonElement item)
    {
        int[] starts = [.. item.Required(KnownBy).EnumerateObject().Select(chunk =>
            int.Parse(chunk.Name, CultureInfo.InvariantCulture)).Order()];
        int[] frames = [.. starts.Select(start => item.Required(KnownBy).Int(start.ToString(CultureInfo.InvariantCulture)))];
        StoredVideo video = new("v", item.Int("chunk_len"), starts, [.. starts.Select(start => new VideoSource($"{start}.mp4"))]);
        ClipRequest request = new(item.Int("clip_length"), 1, 1, 0);
        CounterRandom random = new(0, 0);
        using LengthsOnly lengths =
            new(starts.Zip(frames).ToDictionary(pair => $"{pair.First}.mp4", pair => pair.Second), item.Double("fps"));
        try
        {
            new SegmentSampling(jitter: false).Choose(video, new ClipSpan(item.Double("second"), item.Double("end_second")), 0, ref random,
                lengths, request);
        }
        catch (DataException)
        {
            return "an error, for a chunk is missing";
        }

        return string.Join(", ", request.Segments.Select(segment =>
            $"{Path.GetFileName(segment.Video.Path)} [{string.Join(' ', request.Frames.Slice(segment.First, segment.Count).ToArray())}]"));
    }
}

/// <summary>Answers for the length of files that do not exist, and reads nothing.</summary>
internal sealed class LengthsOnly(IReadOnlyDictionary<string, int> frameCounts, double framesPerSecond) : IClipSource
{
    public VideoShape GetShape(in VideoSource video) => new(320, 240, frameCounts[video.Path], framesPerSecond);

    public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
        CancellationToken cancellation) => throw new NotSupportedException("Conformance reads no video.");

    public void Dispose()
    {
    }
}
