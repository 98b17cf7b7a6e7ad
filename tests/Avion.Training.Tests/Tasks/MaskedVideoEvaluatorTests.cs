namespace Avion.Training.Tests;

public sealed class MaskedVideoEvaluatorTests
{
    private const double Ratio = 0.75;
    private const int Clips = 7, Missing = 4;

    private static readonly VideoMaeConfig s_config = new()
    {
        Tubelets = new TubeletConfig { FrameCount = 4, ImageSize = 16, PatchSize = 4 },
        Encoder = new TransformerSize(24, 2, 3),
        Decoder = new TransformerSize(16, 1, 2),
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_error_is_the_mean_of_each_clip_alone_and_chance_the_variance_of_all_targets(bool normalizes)
    {
        using CpuDevice device = new(1);
        using VideoMae model = VideoMae.Create(s_config with { NormalizesTargets = normalizes }, device, seed: 2);
        Dictionary<string, double> scores = new MaskedVideoEvaluator(model, Ratio, () => Loader(batchSize: 3), Clips)
            .Run(new SilentObserver(), CancellationToken.None).ToDictionary(score => score.Name, score => score.Value);

        using Tape tape = new(device) { IsRecording = false };
        using MaskPlan masks = new(device, s_config.Tubelets.TokenCount, 1);
        bool[] hidden = new bool[s_config.Tubelets.TokenCount];
        List<double> errors = [], targets = [];
        using ClipLoader loader = Loader(batchSize: 1);
        while (loader.Next() is { } batch)
        {
            using (batch)
            {
                if (IsMissing(batch.SampleIds[0]))
                {
                    continue;
                }

                CounterRandom random = CounterRandom.For(0, "evaluation tube mask", (ulong)batch.SampleIds[0]);
                TubeMask.Draw(ref random, s_config.Tubelets.CellCount, Ratio, hidden);
                masks.Set(hidden);
                tape.Reset();
                errors.Add(Read(device, model.Loss(tape, BatchTensors.PixelsOf(batch, tape), masks))[0]);
                targets.AddRange(Targets(batch, hidden, normalizes));
            }
        }

        double mean = targets.Average(), variance = targets.Average(target => Math.Pow(target - mean, 2));
        Assert.Equal(errors.Count, scores["clips"]);
        Assert.Equal(Clips - errors.Count, scores["unreadable_clips"]);
        Assert.NotEqual(0, scores["unreadable_clips"]);
        Assert.Equal(errors.Average(), scores["masked_error"], 1e-5 * errors.Average());
        Assert.Equal(variance, scores["masked_error_chance"], 1e-5 * variance);
    }

    [Fact]
    public void Nothing_to_read_is_an_error_that_names_a_clip()
    {
        using CpuDevice device = new(1);
        using VideoMae model = VideoMae.Create(s_config, device, seed: 2);
        MaskedVideoEvaluator evaluator = new(model, Ratio, () => Loader(3, () => new SyntheticClips.Source(() => true)), Clips);
        RunException error = Assert.Throws<RunException>(
            () => evaluator.Run(new SilentObserver(), CancellationToken.None).ToList());
        Assert.Contains("None of the 7 clips to evaluate on could be read; the first is sample 0: ", error.Message);
    }

    /// <summary>The targets of a clip's hidden tubelets, in double precision from its bytes.</summary>
    private static IEnumerable<double> Targets(ClipBatch batch, bool[] hidden, bool normalizes)
    {
        byte[] clip = PixelsOf(batch);
        for (int token = 0; token < hidden.Length; token++)
        {
            for (int channel = 0; channel < 3 && hidden[token]; channel++)
            {
                double[] pixels =
                [
                    .. from frame in Enumerable.Range(token / 16 * 2, 2)
                       from row in Enumerable.Range(token % 16 / 4 * 4, 4)
                       from column in Enumerable.Range(token % 4 * 4, 4)
                       select (double)clip[(((((frame * 3) + channel) * 16) + row) * 16) + column],
                ];
                double mean = pixels.Average();
                double deviation = Math.Sqrt(pixels.Sum(pixel => Math.Pow(pixel - mean, 2)) / (pixels.Length - 1));
                foreach (double pixel in pixels)
                {
                    yield return normalizes ? (pixel - mean) / (deviation + 1e-6)
                        : (pixel - PixelNormalization.ImageNet.Mean[channel]) / PixelNormalization.ImageNet.Deviation[channel];
                }
            }
        }
    }

    private static bool IsMissing(long sample) => SyntheticClips.LevelOf(sample) == SyntheticClips.LevelOf(Missing);

    private static unsafe byte[] PixelsOf(ClipBatch batch) => new ReadOnlySpan<byte>(batch.Pixels, 4 * 3 * 16 * 16).ToArray();

    private static float[] Read(Device device, Tensor scalar)
    {
        float[] value = new float[1];
        device.Download(scalar, value);
        return value;
    }

    private static ClipLoader Loader(int batchSize, Func<IClipSource>? openSource = null)
    {
        SyntheticClips clips = new(Clips);
        return new ClipLoader(clips, new BatchPlan(Clips, batchSize, seed: 0, shuffle: false, dropLast: false), encoder: null,
            openSource ?? (() => new OneMissing()),
            new LoaderOptions { FrameCount = 4, Height = 16, Width = 16, BadClips = BadClipPolicy.Mark, MaximumBadFraction = 1 }, endEpoch: 1);
    }

    /// <summary>Fails for the videos of one brightness.</summary>
    private sealed class OneMissing : IClipSource
    {
        private readonly SyntheticClips.Source _source = new();

        public VideoShape GetShape(in VideoSource video) => _source.GetShape(video);

        public void Read(
            in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            if (video.Path.EndsWith($"/{SyntheticClips.LevelOf(Missing)}", StringComparison.Ordinal))
            {
                throw new DataException("the file is damaged");
            }

            _source.Read(video, frames, transform, destination, cancellation);
        }

        public void Dispose() => _source.Dispose();
    }
}
