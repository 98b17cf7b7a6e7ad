namespace Avion.Compute.Tests;

public sealed unsafe class AttentionTests
{
    private static readonly int[] s_lengths = [7, 0, 1, 193, 33, 385];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_is_the_softmax_of_all_scores_for_uneven_sequences(bool causal)
    {
        const int Heads = 3, HeadSize = 20, Width = Heads * HeadSize;
        float[] qkv = Draw(s_lengths.Sum() * 3 * Width, 1);
        float[] actual = Run(qkv, s_lengths, Heads, Width, causal);
        int start = 0;
        double worst = 0;
        foreach (int length in s_lengths)
        {
            for (int h = 0; h < Heads; h++)
            {
                for (int r = 0; r < length; r++)
                {
                    double[] expected = Naive(qkv, start, length, r, h, HeadSize, Width, causal);
                    for (int d = 0; d < HeadSize; d++)
                    {
                        worst = Math.Max(worst, Math.Abs(expected[d] - actual[((start + r) * Width) + (h * HeadSize) + d]));
                    }
                }
            }

            start += length;
        }

        Assert.True(worst < 2e-6, $"largest error {worst:e2}");
    }

    [Fact]
    public void Sequences_do_not_see_each_other()
    {
        const int Heads = 2, Width = 32;
        int first = s_lengths[0] + s_lengths[1] + s_lengths[2];
        float[] qkv = Draw(s_lengths.Sum() * 3 * Width, 2);
        float[] before = Run(qkv, s_lengths, Heads, Width, causal: false);
        for (int i = 0; i < first * 3 * Width; i++)
        {
            qkv[i] += 3;
        }

        float[] after = Run(qkv, s_lengths, Heads, Width, causal: false);
        Assert.Equal(before[(first * Width)..], after[(first * Width)..]);
        Assert.NotEqual(before[..(first * Width)], after[..(first * Width)]);
    }

    [Fact]
    public void Causal_tokens_do_not_see_later_ones()
    {
        const int Heads = 2, Width = 32, Length = 250, Changed = 200;
        float[] qkv = Draw(Length * 3 * Width, 3);
        float[] before = Run(qkv, [Length], Heads, Width, causal: true);
        for (int i = Changed * 3 * Width; i < qkv.Length; i++)
        {
            qkv[i] = -qkv[i];
        }

        float[] after = Run(qkv, [Length], Heads, Width, causal: true);
        Assert.Equal(before[..(Changed * Width)], after[..(Changed * Width)]);
        Assert.NotEqual(before[(Changed * Width)..], after[(Changed * Width)..]);
    }

    [Fact]
    public void Scores_of_any_size_stay_finite()
    {
        const int Width = 16, Length = 300;
        float[] qkv = Draw(Length * 3 * Width, 4);
        for (int i = 0; i < qkv.Length; i++)
        {
            // Queries and keys, not values: scores of some tens of thousands.
            qkv[i] *= i % (3 * Width) < 2 * Width ? 100 : 1;
        }

        Assert.All(Run(qkv, [Length], 1, Width, causal: false), value => Assert.InRange(value, -6, 6));
    }

    [Fact]
    public void Few_long_heads_give_the_same_gradients_as_one_group()
    {
        // One head of 385 tokens is cut into groups of key tiles; sixteen copies of it are not. Each copy must get the same gradient.
        const int Width = 24, Length = 385;
        float[] qkv = Draw(Length * 3 * Width, 5), dy = Draw(Length * Width, 6);
        float[] alone = Gradients(qkv, dy, [Length], Width);
        float[] copies = Gradients([.. Enumerable.Repeat(qkv, 16).SelectMany(copy => copy)],
            [.. Enumerable.Repeat(dy, 16).SelectMany(copy => copy)], [.. Enumerable.Repeat(Length, 16)], Width);
        for (int i = 0; i < alone.Length; i++)
        {
            Assert.Equal(alone[i], copies[(11 * alone.Length) + i], 1e-5f);
        }
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Run(new float[2 * 3 * 10], [2], 3, 10, causal: false));
        Assert.Contains("3 heads do not divide 10 columns", exception.Message);
    }

    private static double[] Naive(float[] qkv, int start, int length, int row, int head, int headSize, int width, bool causal)
    {
        int visible = causal ? row + 1 : length;
        double[] scores = new double[visible];
        for (int j = 0; j < visible; j++)
        {
            for (int d = 0; d < headSize; d++)
            {
                scores[j] += (double)qkv[((start + row) * 3 * width) + (head * headSize) + d] * qkv[((start + j) * 3 * width) + width
                    + (head * headSize) + d]
                    / Math.Sqrt(headSize);
            }
        }

        double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
        double[] result = new double[headSize];
        for (int j = 0; j < visible; j++)
        {
            for (int d = 0; d < headSize; d++)
            {
                result[d] += Math.Exp(scores[j] - largest) / sum * qkv[((start + j) * 3 * width) + (2 * width) + (head * headSize) + d];
            }
        }

        return result;
    }

    private static float[] Run(float[] qkv, int[] lengths, int heads, int width, bool causal)
    {
        using CpuDevice device = new(2);
        using Tape tape = new(device) { IsRecording = false };
        int[] offsets = Offsets(lengths);
        float[] y = new float[offsets[^1] * width];
        fixed (int* pinned = offsets)
        {
            Tensor input = tape.Allocate(new Shape(offsets[^1], 3 * width));
            device.Upload(qkv, input);
            device.Download(tape.Attention(input, new SequenceOffsets(pinned, lengths.Length), heads, causal), y);
        }

        return y;
    }

    private static float[] Gradients(float[] qkv, float[] dy, int[] lengths, int width)
    {
        using CpuDevice device = new(2);
        using Tape tape = new(device);
        using ParameterStore store = new();
        int[] offsets = Offsets(lengths);
        Parameter input = store.Add("qkv", new Shape(offsets[^1], 3 * width));
        Parameter rows = store.Add("gradient", new Shape(offsets[^1], width));
        store.Allocate(device);
        device.Upload(qkv, input.Value);
        device.Upload(dy, rows.Value);
        float[] gradients = new float[qkv.Length];
        fixed (int* pinned = offsets)
        {
            int[] ids = [.. Enumerable.Range(0, offsets[^1])];
            Tensor all = tape.Allocate(new Shape(ids.Length), ElementType.Int32);
            device.Upload(ids, all);
            Tensor y = tape.Attention(tape.Embed(input, all), new SequenceOffsets(pinned, lengths.Length), 1, causal: false);
            tape.SeedGradient(y, rows.Value);
            tape.BackwardFromSeeds();
        }

        device.Download(input.Gradient, gradients);
        return gradients;
    }

    private static int[] Offsets(int[] lengths)
    {
        int[] offsets = new int[lengths.Length + 1];
        for (int b = 0; b < lengths.Length; b++)
        {
            offsets[b + 1] = offsets[b] + lengths[b];
        }

        return offsets;
    }

    private static float[] Draw(int count, ulong stream)
    {
        CounterRandom random = new(9, stream);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextGaussian();
        }

        return values;
    }
}
