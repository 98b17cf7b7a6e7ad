namespace Avion.Compute;

/// <summary>Arithmetic on single rows of floats at the processor's vector width, for kernels that walk rows.</summary>
internal static unsafe class RowArithmetic
{
    /// <summary>target = source.</summary>
    public static void Copy(float* source, int count, float* target) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));

    /// <summary>target = 0.</summary>
    public static void Clear(int count, float* target) => new Span<float>(target, count).Clear();

    /// <summary>target = a + b.</summary>
    public static void Add(float* a, float* b, int count, float* target)
    {
        switch (VectorWidth.Bits)
        {
            case 512: Avion.Compute.Add.Range<FloatVector512>(a, b, count, target); break;
            case 256: Avion.Compute.Add.Range<FloatVector256>(a, b, count, target); break;
            case 128: Avion.Compute.Add.Range<FloatVector128>(a, b, count, target); break;
            default: Avion.Compute.Add.Range<FloatScalar>(a, b, count, target); break;
        }
    }

    /// <summary>target = source, or target += source.</summary>
    public static void CopyOrAdd(float* source, int count, bool accumulate, float* target)
    {
        if (accumulate)
        {
            Add(source, target, count, target);
        }
        else
        {
            Copy(source, count, target);
        }
    }

    /// <summary>target = factor · source, or target += factor · source.</summary>
    public static void Scale(float* source, float factor, int count, bool accumulate, float* target)
    {
        switch (VectorWidth.Bits)
        {
            case 512: Scale<FloatVector512>(source, factor, count, accumulate, target); break;
            case 256: Scale<FloatVector256>(source, factor, count, accumulate, target); break;
            case 128: Scale<FloatVector128>(source, factor, count, accumulate, target); break;
            default: Scale<FloatScalar>(source, factor, count, accumulate, target); break;
        }
    }

    /// <summary>Σ a · b.</summary>
    public static float Dot(float* a, float* b, int count) => VectorWidth.Bits switch
    {
        512 => Dot<FloatVector512>(a, b, count),
        256 => Dot<FloatVector256>(a, b, count),
        128 => Dot<FloatVector128>(a, b, count),
        _ => Dot<FloatScalar>(a, b, count),
    };

    private static void Scale<TVector>(float* source, float factor, int count, bool accumulate, float* target)
        where TVector : struct, IFloatVector<TVector>
    {
        TVector factors = TVector.Create(factor);
        int i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TVector value = TVector.Load(source + i) * factors;
            (accumulate ? TVector.Load(target + i) + value : value).Store(target + i);
        }

        for (; i < count; i++)
        {
            float value = source[i] * factor;
            target[i] = accumulate ? target[i] + value : value;
        }
    }

    private static float Dot<TVector>(float* a, float* b, int count) where TVector : struct, IFloatVector<TVector>
    {
        // Two running sums, so that one addition need not wait for the other.
        TVector even = TVector.Zero, odd = TVector.Zero;
        int i = 0;
        for (; i <= count - (2 * TVector.Width); i += 2 * TVector.Width)
        {
            even = TVector.MultiplyAdd(TVector.Load(a + i), TVector.Load(b + i), even);
            odd = TVector.MultiplyAdd(TVector.Load(a + i + TVector.Width), TVector.Load(b + i + TVector.Width), odd);
        }

        float sum = (even + odd).Sum();
        for (; i < count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
