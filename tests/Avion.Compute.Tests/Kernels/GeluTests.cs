namespace Avion.Compute.Tests;

public sealed class GeluTests
{
    // Φ(x) to twelve digits from tables (Abramowitz, Stegun 1964, table 26.1), and GELU = x Φ(x).
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.841344746069)]
    [InlineData(2, 0.977249868052)]
    [InlineData(2.9, 0.998134186699615)]
    [InlineData(3, 0.998650101968)]
    [InlineData(5, 0.999999713348)]
    public void Exact_form_of_the_reference_matches_tables_of_the_normal_distribution(double x, double distribution)
    {
        Assert.Equal(x * distribution, Gelu.Reference(x, GeluKind.Erf).Value, 5e-12 * Math.Max(1, x));
        Assert.Equal(-x * (1 - distribution), Gelu.Reference(-x, GeluKind.Erf).Value, 5e-12 * Math.Max(1, x));
    }

    [Theory]
    [InlineData(GeluKind.Erf)]
    [InlineData(GeluKind.Quick)]
    [InlineData(GeluKind.Tanh)]
    public unsafe void Small_results_of_large_negative_inputs_keep_their_relative_precision(GeluKind kind)
    {
        Span<float> x = stackalloc float[] { -0.001f, -0.5f, -1, -2, -3, -4, -5, -6, -7, -8, 0.001f, 3, 8, 30, 0, 1e4f, 1e-30f };
        float* y = stackalloc float[x.Length];
        float* derivative = stackalloc float[x.Length];
        fixed (float* pointer = x)
        {
            float* one = stackalloc float[x.Length];
            new Span<float>(one, x.Length).Fill(1);
            using CpuDevice device = new(1);
            Gelu.Forward(device, Wrap(pointer, x.Length), kind, Wrap(y, x.Length));
            Gelu.Backward(device, Wrap(one, x.Length), Wrap(pointer, x.Length), kind, accumulate: false, Wrap(derivative, x.Length));
        }

        for (int i = 0; i < x.Length; i++)
        {
            (double value, double slope) = Gelu.Reference(x[i], kind);
            Assert.True(Math.Abs(y[i] - value) <= 4e-6 * Math.Abs(value), $"{kind}({x[i]}): got {y[i]}, expected {value}");
            Assert.True(Math.Abs(derivative[i] - slope) <= 1e-6 * Math.Max(1, Math.Abs(slope)),
                $"{kind}'({x[i]}): got {derivative[i]}, expected {slope}");
        }
    }

    [Fact]
    public unsafe void Values_far_out_are_the_input_or_zero()
    {
        float* x = stackalloc float[] { 1e18f, -1e18f };
        float* y = stackalloc float[2];
        using CpuDevice device = new(1);
        foreach (GeluKind kind in Enum.GetValues<GeluKind>())
        {
            Gelu.Forward(device, Wrap(x, 2), kind, Wrap(y, 2));
            Assert.Equal((1e18f, 0f), (y[0], Math.Abs(y[1]) < 1e-18f ? 0 : y[1]));
        }
    }

    private static unsafe Tensor Wrap(float* numbers, int count) => Tensor.Wrap((nint)numbers, new Shape(count), ElementType.Float32);
}
