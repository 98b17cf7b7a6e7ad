namespace Avion.Training.Tests;

public sealed class FilledClipTests
{
    private static readonly TubeletConfig s_tubelets = new() { FrameCount = 4, ImageSize = 16, PatchSize = 4 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_clip_whose_targets_are_predicted_exactly_is_filled_in_as_it_is(bool normalizes)
    {
        byte[] pixels = new byte[4 * 3 * 16 * 16];
        new Random(3).NextBytes(pixels);

        // A tubelet of one colour has no deviation to scale with.
        Array.Fill<byte>(pixels, 77, 0, 16 * 16);
        Array.Fill<byte>(pixels, 77, 3 * 16 * 16, 16 * 16);
        (FilledClip clip, bool[] hidden, float[] targets) = Fill(pixels, normalizes, targets => targets);
        Assert.Equal(0, clip.Error);
        int seen = 0;
        for (int frame = 0; frame < 4; frame++)
        {
            for (int y = 0; y < 16; y++)
            {
                for (int x = 0; x < 16; x++)
                {
                    bool isHidden = hidden[(frame / 2 * 16) + (y / 4 * 4) + (x / 4)];
                    for (int channel = 0; channel < 3; channel++)
                    {
                        int at = (((((frame * 16) + y) * 16) + x) * 3) + channel;
                        byte own = pixels[(((((frame * 3) + channel) * 16) + y) * 16) + x];
                        Assert.Equal(own, clip.Original[at]);
                        Assert.InRange(clip.Filled[at], own - 1, own + 1);
                        Assert.Equal(isHidden ? 128 : own, clip.Seen[at]);
                        seen += isHidden ? 0 : 1;
                    }
                }
            }
        }

        Assert.InRange(seen, 1, clip.Original.Length - 1);
        Assert.NotEmpty(targets);
    }

    [Fact]
    public void The_error_is_that_of_the_predictions_and_a_flat_prediction_gives_the_mean_of_each_tubelet()
    {
        byte[] pixels = new byte[4 * 3 * 16 * 16];
        new Random(4).NextBytes(pixels);
        (FilledClip clip, bool[] hidden, float[] targets) = Fill(pixels, normalizes: true, targets => new float[targets.Length]);
        Assert.Equal(targets.Average(target => (double)target * target), clip.Error, 1e-9);
        int token = Array.IndexOf(hidden, true), slot = token / 16, top = token % 16 / 4 * 4, left = token % 4 * 4;
        double sum = 0;
        for (int i = 0; i < 32; i++)
        {
            sum += pixels[((((slot * 2) + (i / 16)) * 3) * 256) + ((top + (i % 16 / 4)) * 16) + left + (i % 4)];
        }

        Assert.Equal(sum / 32, clip.Filled[((((slot * 2 * 16) + top) * 16) + left) * 3], 0.51);
    }

    /// <summary>Targets as the model makes them, and predictions made of those.</summary>
    private static (FilledClip Clip, bool[] Hidden, float[] Targets) Fill(byte[] pixels, bool normalizes, Func<float[], float[]> predict)
    {
        using CpuDevice device = new(1);
        using VideoMae model = VideoMae.Create(new VideoMaeConfig
        {
            Tubelets = s_tubelets,
            Encoder = new TransformerSize(24, 1, 3),
            Decoder = new TransformerSize(16, 1, 2),
            NormalizesTargets = normalizes,
        }, device, seed: 2);
        using Tape tape = new(device) { IsRecording = false };
        using MaskPlan masks = new(device, s_tubelets.TokenCount, 1);
        bool[] hidden = new bool[s_tubelets.TokenCount];
        CounterRandom random = CounterRandom.For(0, "test", 1);
        TubeMask.Draw(ref random, s_tubelets.CellCount, 0.6, hidden);
        masks.Set(hidden);
        Tensor clip = tape.Allocate(new Shape(1, 4, 3, 16, 16), ElementType.UInt8);
        device.Upload(pixels, clip);
        _ = model.Loss(tape, clip, masks, out _, out Tensor wanted);
        float[] targets = new float[wanted.Count];
        device.Download(wanted, targets);
        return (new FilledClip("clip", s_tubelets, pixels, hidden, predict(targets), targets), hidden, targets);
    }
}
