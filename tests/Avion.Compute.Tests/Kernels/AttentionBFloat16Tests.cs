using System.Runtime.InteropServices;

namespace Avion.Compute.Tests;

/// <summary>Attention of bfloat16 by the library's products, which long sequences of many heads take.</summary>
public sealed unsafe class AttentionBFloat16Tests
{
    private const int Heads = 2, HeadSize = 20, Width = Heads * HeadSize;

    // Eight heads, the longest of two tiles of keys and of queries; some shorter than a tile, one empty.
    private static readonly int[] s_offsets = [0, 430, 430, 467, 917];

    [Fact]
    public void Agrees_with_float32_to_what_rounding_loses()
    {
        Assert.SkipUnless(MatrixLibraries.Best.HasBFloat16Instructions, "needs a library and a processor with instructions for bfloat16");
        BFloat16[] qkv = Draw(s_offsets[^1] * 3 * Width, 1), dy = Draw(s_offsets[^1] * Width, 2), before = Draw(qkv.Length, 3);
        (float[] y, float[] lse, float[] gradients) = Run<float>(2, Widened(qkv), Widened(dy), Widened(before));
        (float[] actualY, float[] actualLse, float[] actualGradients) = Run(2, qkv, dy, before);
        Assert.InRange(Distance(y, actualY), 1e-4, 3e-3);
        Assert.InRange(Distance(lse, actualLse), 0, 1e-6);

        Assert.InRange(Distance(gradients, actualGradients), 1e-4, 3e-3);
        float[] added = [.. gradients.Zip(before, (sum, old) => sum - (float)old)];
        (_, _, float[] alone) = Run(2, qkv, dy, new BFloat16[before.Length]);
        Assert.InRange(Distance(added, alone), 1e-4, 5e-3);
    }

    [Fact]
    public void Gives_the_same_bits_on_any_number_of_threads()
    {
        BFloat16[] qkv = Draw(s_offsets[^1] * 3 * Width, 4), dy = Draw(s_offsets[^1] * Width, 5), before = new BFloat16[qkv.Length];
        (float[] y, float[] lse, float[] gradients) = Run(1, qkv, dy, before);
        (float[] otherY, float[] otherLse, float[] otherGradients) = Run(3, qkv, dy, before);
        Assert.Equal(y, otherY);
        Assert.Equal(lse, otherLse);
        Assert.Equal(gradients, otherGradients);
    }

    private static (float[] Y, float[] Lse, float[] Gradients) Run<T>(int threads, T[] qkv, T[] dy, T[] before) where T : unmanaged
    {
        using CpuDevice device = new(threads);
        using Tape tape = new(device) { IsRecording = false };
        ElementType type = typeof(T) == typeof(float) ? ElementType.Float32 : ElementType.BFloat16;
        int tokens = s_offsets[^1];
        Tensor input = tape.Allocate(new Shape(tokens, 3 * Width), type), gradient = tape.Allocate(new Shape(tokens, 3 * Width), type);
        Tensor output = tape.Allocate(new Shape(tokens, Width), type), direction = tape.Allocate(new Shape(tokens, Width), type);
        Tensor lse = tape.Allocate(new Shape(Heads, tokens));
        qkv.CopyTo(new Span<T>((void*)input.Data, qkv.Length));
        dy.CopyTo(new Span<T>((void*)direction.Data, dy.Length));
        before.CopyTo(new Span<T>((void*)gradient.Data, before.Length));
        fixed (int* pinned = s_offsets)
        {
            SequenceOffsets offsets = new(pinned, s_offsets.Length - 1);
            PackedAttention.Forward(device, input, offsets, Heads, false, output, lse);
            PackedAttention.Backward(device, direction, input, output, lse, offsets, Heads, false, accumulate: true, gradient);
        }

        return (Read<T>(output), Read<float>(lse), Read<T>(gradient));
    }

    private static float[] Read<T>(Tensor tensor) where T : unmanaged
    {
        ReadOnlySpan<T> elements = new((void*)tensor.Data, checked((int)(tensor.ByteCount / sizeof(T))));
        return typeof(T) == typeof(float) ? MemoryMarshal.Cast<T, float>(elements).ToArray() : Widened(MemoryMarshal.Cast<T, BFloat16>(elements));
    }

    private static float[] Widened(ReadOnlySpan<BFloat16> values)
    {
        float[] widened = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            widened[i] = values[i];
        }

        return widened;
    }

    /// <summary>The length of the difference, relative to that of what is expected.</summary>
    private static double Distance(float[] expected, float[] actual) => Math.Sqrt(
        expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / expected.Sum(a => (double)a * a));

    private static BFloat16[] Draw(int count, ulong stream)
    {
        CounterRandom random = new(9, stream);
        BFloat16[] values = new BFloat16[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (BFloat16)(float)random.NextGaussian();
        }

        return values;
    }
}
