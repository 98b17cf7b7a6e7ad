namespace Avion.Models.Tests;

public sealed class MotionMaskTests
{
    private static readonly TubeletConfig s_tubelets = new() { ImageSize = 12, PatchSize = 4, FrameCount = 8 };

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(21)]
    public void Motion_is_the_distance_of_a_tubelet_from_the_one_before_it(int patch)
    {
        int size = 3 * patch, pixels = patch * patch;
        TubeletConfig tubelets = s_tubelets with { ImageSize = size, PatchSize = patch };
        byte[] clip = new byte[8 * 3 * size * size];
        new Random(9).NextBytes(clip);
        float[] motion = new float[tubelets.TokenCount];
        MotionMask.Measure(clip, tubelets, motion);
        for (int token = 0; token < motion.Length; token++)
        {
            int slot = Math.Max(1, token / 9), cell = token % 9;
            double expected = 0;
            for (int frame = 0; frame < 2; frame++)
            {
                for (int element = 0; element < 3 * pixels; element++)
                {
                    int channel = element / pixels, row = (cell / 3 * patch) + (element % pixels / patch);
                    int column = (cell % 3 * patch) + (element % patch);
                    int Pixel(int of) => clip[((((((of * 2) + frame) * 3) + channel) * size) + row) * size + column];
                    expected += Math.Pow(Pixel(slot) - Pixel(slot - 1), 2);
                }
            }

            Assert.Equal(Math.Sqrt(expected), motion[token], 1e-6 * Math.Sqrt(expected));
        }
    }

    [Fact]
    public void What_moves_is_predicted_and_what_stands_still_is_not()
    {
        // A bright cell moves to the next column in every slot; everything else is black.
        byte[] clip = new byte[8 * 3 * 144];
        for (int frame = 0; frame < 8; frame++)
        {
            for (int row = 4; row < 8; row++)
            {
                clip.AsSpan((((frame * 3 * 12) + row) * 12) + (Math.Min(frame / 2, 2) * 4), 4).Fill(255);
            }
        }

        float[] motion = new float[s_tubelets.TokenCount];
        MotionMask.Measure(clip, s_tubelets, motion);
        bool[] hidden = [.. Enumerable.Repeat(true, motion.Length)], predicted = new bool[motion.Length];
        hidden[9 + 3] = false;
        MotionMask.Choose(motion, 6.0 / 35, hidden, predicted, new float[motion.Length]);

        // Slot 1 changes in cells 3 and 4, slot 2 in 4 and 5, slot 0 as slot 1; slot 3 stands still. One of the six is visible.
        Assert.Equal([3, 4, 13, 22, 23], Enumerable.Range(0, 36).Where(token => predicted[token] && motion[token] > 0));
        Assert.Equal(6, predicted.Count(isPredicted => isPredicted));
    }

    [Theory]
    [InlineData(0.15)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void The_choice_is_that_of_sorting(double share)
    {
        Random random = new(4);
        bool[] hidden = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble() < 0.6)], predicted = new bool[200];
        float[] motion = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(12))];
        MotionMask.Choose(motion, share, hidden, predicted, new float[200]);
        int[] expected = [.. Enumerable.Range(0,
            200).Where(token => hidden[token]).OrderByDescending(token => motion[token]).ThenBy(token => token)
            .Take((int)Math.Ceiling(share * hidden.Count(isHidden => isHidden))).Order()];
        Assert.Equal(expected, Enumerable.Range(0, 200).Where(token => predicted[token]));
    }

    [Fact]
    public void The_decoder_computes_the_loss_of_the_chosen_tokens_alone()
    {
        using ReferenceDevice device = new();
        VideoMaeConfig config = new()
        {
            Tubelets = s_tubelets, Encoder = new TransformerSize(12, 2, 3), Decoder = new TransformerSize(8, 1, 2),
        };
        using VideoMae model = VideoMae.Create(config, device, seed: 1);
        using VideoMaeStep step = new(model);
        bool[] predicted = new bool[step.Hidden.Length];
        float[] motion = new float[s_tubelets.TokenCount], scratch = new float[s_tubelets.TokenCount];
        for (int clip = 0; clip < step.Hidden.Length / motion.Length; clip++)
        {
            Range range = (clip * motion.Length)..((clip + 1) * motion.Length);
            MotionMask.Measure(RandomClip(), s_tubelets, motion);
            MotionMask.Choose(motion, 8.0 / 24, step.Hidden.AsSpan(range), predicted.AsSpan(range), scratch);
        }

        // The mean over all hidden tokens is the mean of the two halves' means, weighted, once tokens do not see each other.
        foreach (Parameter parameter in model.Parameters.Parameters.Where(item => item.Name.Contains("out_proj", StringComparison.Ordinal)))
        {
            device.Clear(parameter.Value);
        }

        int count = step.Hidden.Count(isHidden => isHidden), chosen = predicted.Count(isPredicted => isPredicted);
        double all = step.Loss() * count;
        step.Masks.Set(step.Hidden, predicted);
        double part = step.Loss() * chosen;
        step.Masks.Set(step.Hidden, [.. step.Hidden.Zip(predicted, (isHidden, isPredicted) => isHidden && !isPredicted)]);
        Assert.Equal(all, part + (step.Loss() * (count - chosen)), 1e-9);
        Assert.Equal(2 * 8, chosen);
    }

    [Fact]
    public void Sizes_that_do_not_go_together_are_refused()
    {
        float[] motion = new float[36];
        Assert.Throws<ArgumentException>(() => MotionMask.Measure(new byte[10], s_tubelets, motion));
        Assert.Throws<ArgumentException>(() => MotionMask.Measure(new byte[2 * 3 * 144], s_tubelets with { FrameCount = 2 }, new float[9]));
        Assert.Throws<ArgumentException>(() => MotionMask.Choose(motion, 0, new bool[36], new bool[36], new float[36]));
        Assert.Throws<ArgumentException>(() => MotionMask.Choose(motion, 0.5, new bool[36], new bool[35], new float[36]));
    }

    private static byte[] RandomClip()
    {
        byte[] clip = new byte[8 * 3 * 144];
        new Random(9).NextBytes(clip);
        return clip;
    }
}
