namespace Avion.Training.Tests;

/// <summary>Clips without video files: every pixel of a clip has a brightness that its caption and its label name, under some noise.</summary>
internal sealed class SyntheticClips(int count) : IClipDataset
{
    public const int Levels = 8;

    public int Count => count;

    public int LabelCount => 1;

    public static int LevelOf(long sample) => (int)(CounterRandom.Mix((ulong)sample) % Levels);

    public static TrainingData Data(int train, int validation = 0, Func<IClipSource>? openSource = null) => new()
    {
        Train = new SyntheticClips(train),
        Validation = validation > 0 ? new SyntheticClips(validation) : null,
        Encoder = new LetterEncoder(),
        OpenSource = openSource ?? (() => new Source()),
    };

    public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
    {
        request.SampleId = key.Index;
        request.Caption = s_captions[LevelOf(key.Index)];
        request.CaptionId = LevelOf(key.Index);
        request.Labels[0] = LevelOf(key.Index);
        CounterRandom random = key.Open("frames");
        foreach (ref int frame in request.Frames)
        {
            frame = random.Next(1000);
        }

        request.Transform = new FrameTransform(new CropBox(0, 0, 8, 8), request.Width, request.Height);
        request.Segments.Add(new ClipSegment(s_videos[LevelOf(key.Index)], 0, request.FrameCount));
    }

    public string Describe(in SampleKey key) => $"sample {key.Index}";

    private static readonly ReadOnlyMemory<byte>[] s_captions =
        [.. Enumerable.Range(0, Levels).Select(level => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(new string((char)('a' + level), 3)))];

    private static readonly VideoSource[] s_videos = [.. Enumerable.Range(0, Levels).Select(level => new VideoSource($"/level/{level}"))];

    /// <summary>Frames of one brightness, which the last digit of the path gives, with noise that the frame number gives.</summary>
    internal sealed class Source(Func<bool>? fails = null) : IClipSource
    {
        public VideoShape GetShape(in VideoSource video) => new(8, 8, 1000, 30);

        public void Read(
            in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            if (fails?.Invoke() == true)
            {
                throw new DataException("the file is damaged");
            }

            int level = video.Path[^1] - '0';
            int frameBytes = destination.Length / frames.Length;
            for (int i = 0; i < destination.Length; i++)
            {
                ulong noise = CounterRandom.Mix((ulong)((frames[i / frameBytes] * 100_000) + i));
                destination[i] = (byte)((level * 30) + (int)(noise % 16));
            }
        }

        public void Dispose()
        {
        }
    }

    /// <summary>One token a letter, between 1 and the last of the vocabulary.</summary>
    internal sealed class LetterEncoder : ICaptionEncoder
    {
        public int VocabularySize => 32;

        public int Encode(ReadOnlySpan<byte> utf8, Span<int> tokens)
        {
            tokens[0] = 1;
            for (int i = 0; i < utf8.Length; i++)
            {
                tokens[i + 1] = utf8[i] - 'a' + 2;
            }

            tokens[utf8.Length + 1] = 31;
            return utf8.Length + 2;
        }
    }
}
