namespace Avion.Compute;

/// <summary>The row operations of a softmax at the processor's vector width.</summary>
internal static unsafe class RowSoftmax
{
    /// <summary>Largest of the elements; negative infinity for none.</summary>
    public static float Max(float* row, int count) => VectorWidth.Bits switch
    {
        512 => Max<FloatVector512>(row, count),
        256 => Max<FloatVector256>(row, count),
        128 => Max<FloatVector128>(row, count),
        _ => Max<FloatScalar>(row, count),
    };

    /// <summary>row = e^(row - shift); returns the sum.</summary>
    public static float ExpMinus(float* row, int count, float shift) => VectorWidth.Bits switch
    {
        512 => ExpMinus<FloatVector512>(row, count, shift),
        256 => ExpMinus<FloatVector256>(row, count, shift),
        128 => ExpMinus<FloatVector128>(row, count, shift),
        _ => ExpMinus<FloatScalar>(row, count, shift),
    };

    /// <summary>row = p = e^(row - shift); returns Σ p · row, with the row as it was.</summary>
    public static float ExpMinusAndDot(float* row, int count, float shift) => VectorWidth.Bits switch
    {
        512 => ExpMinusAndDot<FloatVector512>(row, count, shift),
        256 => ExpMinusAndDot<FloatVector256>(row, count, shift),
        128 => ExpMinusAndDot<FloatVector128>(row, count, shift),
        _ => ExpMinusAndDot<FloatScalar>(row, count, shift),
    };

    private static float Max<TVector>(float* row, int count) where TVector : struct, IFloatVector<TVector>
    {
        int i = 0;
        float largest = float.NegativeInfinity;
        if (count >= TVector.Width)
        {
            TVector lanes = TVector.Load(row);
            for (i = TVector.Width; i <= count - TVector.Width; i += TVector.Width)
            {
                lanes = TVector.Max(lanes, TVector.Load(row + i));
            }

            largest = lanes.MaxLane();
        }

        for (; i < count; i++)
        {
            largest = System.MathF.Max(largest, row[i]);
        }

        return largest;
    }

    private static float ExpMinus<TVector>(float* row, int count, float shift) where TVector : struct, IFloatVector<TVector>
    {
        TVector shifts = TVector.Create(shift), sums = TVector.Zero;
        int i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TVector e = VectorMath.Exp(TVector.Load(row + i) - shifts);
            e.Store(row + i);
            sums += e;
        }

        float sum = sums.Sum();
        for (; i < count; i++)
        {
            VectorMath.Exp(FloatScalar.Create(row[i] - shift)).Store(row + i);
            sum += row[i];
        }

        return sum;
    }

    private static float ExpMinusAndDot<TVector>(float* row, int count, float shift) where TVector : struct, IFloatVector<TVector>
    {
        TVector shifts = TVector.Create(shift), sums = TVector.Zero;
        int i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TVector value = TVector.Load(row + i);
            TVector e = VectorMath.Exp(value - shifts);
            e.Store(row + i);
            sums = TVector.MultiplyAdd(e, value, sums);
        }

        float sum = sums.Sum();
        for (; i < count; i++)
        {
            float value = row[i];
            VectorMath.Exp(FloatScalar.Create(value - shift)).Store(row + i);
            sum += row[i] * value;
        }

        return sum;
    }
}
