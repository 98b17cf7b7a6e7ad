namespace Avion.Compute;

/// <summary>Arithmetic on single rows at the processor's vector width, for kernels that walk rows: of floats or <see cref="BFloat16"/>, or of
/// both.</summary>
internal static unsafe class RowArithmetic
{
    /// <summary>target = source.</summary>
    public static void Copy<TSource, TTarget>(TSource* source, int count, TTarget* target)
        where TSource : unmanaged
        where TTarget : unmanaged
    {
        if (typeof(TSource) == typeof(TTarget))
        {
            new ReadOnlySpan<TTarget>(source, count).CopyTo(new Span<TTarget>(target, count));
            return;
        }

        switch (VectorWidth.Bits)
        {
            case 512: Convert<FloatVector512, TSource, TTarget>(source, count, target); break;
            case 256: Convert<FloatVector256, TSource, TTarget>(source, count, target); break;
            case 128: Convert<FloatVector128, TSource, TTarget>(source, count, target); break;
            default: Convert<FloatScalar, TSource, TTarget>(source, count, target); break;
        }
    }

    /// <summary>target = 0.</summary>
    public static void Clear<T>(int count, T* target) where T : unmanaged => new Span<T>(target, count).Clear();

    /// <summary>target = a + b.</summary>
    public static void Add<TLeft, TRight, TTarget>(TLeft* a, TRight* b, int count, TTarget* target)
        where TLeft : unmanaged
        where TRight : unmanaged
        where TTarget : unmanaged
    {
        switch (VectorWidth.Bits)
        {
            case 512: Avion.Compute.Add.Range<FloatVector512, TLeft, TRight, TTarget>(a, b, count, target); break;
            case 256: Avion.Compute.Add.Range<FloatVector256, TLeft, TRight, TTarget>(a, b, count, target); break;
            case 128: Avion.Compute.Add.Range<FloatVector128, TLeft, TRight, TTarget>(a, b, count, target); break;
            default: Avion.Compute.Add.Range<FloatScalar, TLeft, TRight, TTarget>(a, b, count, target); break;
        }
    }

    /// <summary>target = source, or target += source.</summary>
    public static void CopyOrAdd<TSource, TTarget>(TSource* source, int count, bool accumulate, TTarget* target)
        where TSource : unmanaged
        where TTarget : unmanaged
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
    public static void Scale<TSource, TTarget>(TSource* source, float factor, int count, bool accumulate, TTarget* target)
        where TSource : unmanaged
        where TTarget : unmanaged
    {
        switch (VectorWidth.Bits)
        {
            case 512: Scale<FloatVector512, TSource, TTarget>(source, factor, count, accumulate, target); break;
            case 256: Scale<FloatVector256, TSource, TTarget>(source, factor, count, accumulate, target); break;
            case 128: Scale<FloatVector128, TSource, TTarget>(source, factor, count, accumulate, target); break;
            default: Scale<FloatScalar, TSource, TTarget>(source, factor, count, accumulate, target); break;
        }
    }

    /// <summary>Σ a · b.</summary>
    public static float Dot<TLeft, TRight>(TLeft* a, TRight* b, int count) where TLeft : unmanaged where TRight : unmanaged =>
        VectorWidth.Bits switch
        {
            512 => Dot<FloatVector512, TLeft, TRight>(a, b, count),
            256 => Dot<FloatVector256, TLeft, TRight>(a, b, count),
            128 => Dot<FloatVector128, TLeft, TRight>(a, b, count),
            _ => Dot<FloatScalar, TLeft, TRight>(a, b, count),
        };

    /// <summary>target = source, at one vector width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Convert<TVector, TSource, TTarget>(TSource* source, int count, TTarget* target)
        where TVector : struct, IFloatVector<TVector>
        where TSource : unmanaged
        where TTarget : unmanaged
    {
        int i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TVector.Load(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = Element.Of<TTarget>(Element.Number(source[i]));
        }
    }

    /// <summary>target = factor · source, or target += factor · source.</summary>
    public static void Scale<TVector, TSource, TTarget>(TSource* source, float factor, int count, bool accumulate, TTarget* target)
        where TVector : struct, IFloatVector<TVector>
        where TSource : unmanaged
        where TTarget : unmanaged
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
            float value = Element.Number(source[i]) * factor;
            target[i] = Element.Of<TTarget>(accumulate ? Element.Number(target[i]) + value : value);
        }
    }

    /// <summary>Σ a · b.</summary>
    public static float Dot<TVector, TLeft, TRight>(TLeft* a, TRight* b, int count)
        where TVector : struct, IFloatVector<TVector>
        where TLeft : unmanaged
        where TRight : unmanaged
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
            sum += Element.Number(a[i]) * Element.Number(b[i]);
        }

        return sum;
    }
}
