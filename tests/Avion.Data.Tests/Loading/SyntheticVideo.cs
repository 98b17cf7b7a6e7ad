using System.Collections.Concurrent;

namespace Avion.Data.Tests;

/// <summary>A source of frames without video: each byte is a function of path, frame number and crop.</summary>
internal sealed class SyntheticSource : IClipSource
{
    public Action<string>? BeforeRead { get; init; }

    public ConcurrentBag<int>? ThreadIds { get; init; }

    public bool Disposed { get; private set; }

    public VideoShape GetShape(in VideoSource video) => new(320, 240, 450, 30);

    public void Read(
        in VideoSource video,
        ReadOnlySpan<int> frames,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellation)
    {
        BeforeRead?.Invoke(video.Path);
        ThreadIds?.Add(Environment.CurrentManagedThreadId);
        int frameBytes = destination.Length / frames.Length;
        for (int i = 0; i < frames.Length; i++)
        {
            ulong hash = CounterRandom.Mix((ulong)frames[i] ^ ((ulong)video.Path.Length << 20) ^ video.Path[^1]);
            hash = CounterRandom.Mix(hash ^ (uint)transform.Crop.X ^ ((ulong)transform.Crop.Width << 32));
            for (int b = 0; b < frameBytes; b++)
            {
                destination[(i * frameBytes) + b] = (byte)(hash >> (b % 8 * 8));
            }
        }
    }

    public void Dispose() => Disposed = true;
}

/// <summary>Samples "v0", "v1", … with random frames, crop and one caption each.</summary>
internal sealed class SyntheticDataset(int count, int labelCount = 1) : IClipDataset
{
    private readonly string[] _paths = Names("/data/v", count);
    private readonly byte[][] _captions = [.. Array.ConvertAll(Names("caption ", count), Encoding.UTF8.GetBytes)];

    public int Count => count;

    public int LabelCount => labelCount;

    public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
    {
        request.SampleId = key.Index;
        request.Caption = _captions[key.Index];
        request.CaptionId = key.Index;
        request.Labels.Fill(key.Index % 7);
        VideoSource video = new(_paths[key.Index]);
        VideoShape shape = videos.GetShape(video);
        CounterRandom random = key.Open("frames");
        foreach (ref int frame in request.Frames)
        {
            frame = random.Next(shape.FrameCount);
        }

        int side = 100 + random.Next(100);
        request.Transform = new FrameTransform(new CropBox(random.Next(50), 0, side, side), request.Width, request.Height);
        request.Segments.Add(new ClipSegment(video, 0, request.FrameCount));
    }

    public string Describe(in SampleKey key) => _paths[key.Index];

    private static string[] Names(string prefix, int count)
    {
        string[] names = new string[count];
        for (int i = 0; i < count; i++)
        {
            names[i] = prefix + i.ToString(CultureInfo.InvariantCulture);
        }

        return names;
    }
}

/// <summary>One token a byte, after 1 and before 2.</summary>
internal sealed class ByteEncoder : ICaptionEncoder
{
    public int VocabularySize => 300;

    public int Encode(ReadOnlySpan<byte> utf8, Span<int> tokens)
    {
        int length = Math.Min(utf8.Length, tokens.Length - 2);
        tokens[0] = 1;
        for (int i = 0; i < length; i++)
        {
            tokens[i + 1] = utf8[i] + 3;
        }

        tokens[length + 1] = 2;
        return length + 2;
    }
}
