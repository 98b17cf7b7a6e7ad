namespace Avion.CudaSimulator;

internal readonly struct Plus<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a + b;
}

internal readonly struct Minus<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a - b;
}

internal readonly struct Times<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a * b;
}

internal readonly struct Over<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a / b;
}

internal readonly struct TimesPlus<T> : ITernary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b, Vector512<T> c) => (a * b) + c;
}

internal readonly struct FusedFloat : ITernary<float>
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

internal readonly struct FusedDouble : ITernary<double>
{
    public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

internal readonly struct Negative<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => -a;
}

internal readonly struct Magnitude<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => Vector512.Abs(a);
}

internal readonly struct Root<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => Vector512.Sqrt(a);
}

internal readonly struct ReciprocalOf<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => Vector512<T>.One / a;
}

/// <summary>The smaller number; the other where one is not a number.</summary>
internal readonly struct Smaller<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.MinNumber(a, b);
}

/// <summary>The larger number; the other where one is not a number.</summary>
internal readonly struct Larger<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.MaxNumber(a, b);
}

/// <summary>The smaller number; not a number where one is not.</summary>
internal readonly struct SmallerOrNaN<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);
}

/// <summary>The larger number; not a number where one is not.</summary>
internal readonly struct LargerOrNaN<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);
}

internal readonly struct BitAnd<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a & b;
}

internal readonly struct BitOr<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a | b;
}

internal readonly struct BitXor<T> : IBinary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a ^ b;
}

internal readonly struct BitNot<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => ~a;
}

internal readonly struct Same<T> : IUnary<T> where T : struct
{
    public static Vector512<T> Apply(Vector512<T> a) => a;
}

/// <summary>An approximation of the special function unit, off by as much as its documentation allows.</summary>
/// <remarks>
/// The hardware's digits are not known, so a result is moved by up to the stated relative error, up or down by its argument's bits: what
/// rests on more digits than promised fails here. Exact results for exact arguments (2^n, the reciprocal of 2^n) stay.
/// Source: PTX ISA, sections on ex2.approx, rcp.approx, rsqrt.approx, lg2.approx, tanh.approx.
/// </remarks>
internal sealed unsafe class ApproximateOperation(Func<double, double> function, double relativeError, bool flushes, int d, int a) : Operation
{
    private const float SmallestNormal = 1.17549435e-38f;

    public override void Execute(Warp warp)
    {
        float* source = (float*)(warp.Registers + a), target = (float*)(warp.Registers + d);
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            float x = source[lane];
            x = flushes && Math.Abs(x) < SmallestNormal ? 0 : x;
            double exact = function(x);
            uint mixed = BitConverter.SingleToUInt32Bits(x) * 0x9E3779B1u;
            double sway = ((mixed >> 8) / (double)(1 << 23)) - 1;
            float y = (float)exact == exact ? (float)exact : (float)(exact * (1 + (relativeError * sway)));
            target[lane] = flushes && Math.Abs(y) < SmallestNormal ? 0 : y;
        }
    }
}
