using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute.Tests;

public sealed class VectorExpTests
{
    [Fact]
    public void Exp_is_within_2e7_relative_at_every_width()
    {
        CheckAccuracy<FloatScalar>();
        CheckAccuracy<FloatVector128>();
        CheckAccuracy<FloatVector256>();
        CheckAccuracy<FloatVector512>();
    }

    [Fact]
    public void Exp_at_and_beyond_the_ends_of_the_range()
    {
        Assert.Equal(1f, At<FloatVector256>(0));
        Assert.True(At<FloatVector256>(88.72f) < float.PositiveInfinity);
        Assert.Equal(float.PositiveInfinity, At<FloatVector256>(88.74f));
        Assert.Equal(float.PositiveInfinity, At<FloatVector256>(float.PositiveInfinity));
        Assert.InRange(At<FloatVector256>(float.NegativeInfinity), 0, 1e-37f);
        Assert.InRange(At<FloatVector256>(-1000), 0, 1e-37f);
        Assert.Equal(float.NaN, At<FloatVector256>(float.NaN));
        Assert.Equal(float.NaN, At<FloatScalar>(float.NaN));
    }

    [Fact]
    public void Exp_gives_the_same_bits_at_every_vector_width()
    {
        Assert.SkipUnless(Fma.IsSupported || AdvSimd.IsSupported,
            "needs a fused multiply-add instruction: without it, lanes round twice where scalar code rounds once");
        for (float x = -86; x < 88; x += 0.0173f)
        {
            float expected = At<FloatScalar>(x);
            Assert.Equal(expected, At<FloatVector128>(x));
            Assert.Equal(expected, At<FloatVector256>(x));
            Assert.Equal(expected, At<FloatVector512>(x));
        }
    }

    private static void CheckAccuracy<TVector>() where TVector : struct, IFloatVector<TVector>
    {
        double worst = 0;
        for (float x = -86.9f; x < 88.7f; x += 0.00097f)
        {
            double expected = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(At<TVector>(x) - expected) / expected);
        }

        Assert.True(worst <= 2e-7, $"Largest relative error {worst:E2} at {TVector.Width} lanes.");
    }

    private static unsafe float At<TVector>(float x) where TVector : struct, IFloatVector<TVector>
    {
        float* lanes = stackalloc float[TVector.Width];
        VectorMath.Exp(TVector.Create(x)).Store(lanes);
        return lanes[TVector.Width - 1];
    }
}
