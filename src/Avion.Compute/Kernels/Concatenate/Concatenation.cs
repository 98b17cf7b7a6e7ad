// B sequences · N and M rows of the two inputs · D columns (width)


namespace Avion.Compute;

/// <summary>Joins packed sequences pair by pair: each sequence of one input is followed by that of the other.</summary>
/// <remarks>
/// Sequence i of y is sequence i of a, then sequence i of b; either may be empty. Backward takes dy apart again: da and db are its rows.
/// Shapes: a, da [N, D]; b, db [M, D]; y, dy [N + M, D]; B sequences each. <see cref="Offsets"/> tells where those of y begin.
/// Numerics: rows are copied, or added where a gradient is added to. Aliasing: none.
/// Cost: 2 (N + M)·D elements of traffic; 3 where a gradient is added to.
/// </remarks>
public static partial class Concatenation
{
    /// <summary>Writes the offsets of the joined sequences.</summary>
    /// <param name="a">Offsets of the first input.</param>
    /// <param name="b">Offsets of the second.</param>
    /// <param name="joined">[B + 1], which the caller keeps in place for as long as the step runs.</param>
    public static void Offsets(SequenceOffsets a, SequenceOffsets b, Span<int> joined)
    {
        if (a.Count != b.Count || joined.Length != a.Count + 1)
        {
            throw new ArgumentException($"Concatenation.Offsets: {a.Count} and {b.Count} sequences and room for {joined.Length} offsets; "
                + $"expected as many sequences in both and room for one offset more.");
        }

        ReadOnlySpan<int> first = a.AsSpan(), second = b.AsSpan();
        for (int i = 0; i < joined.Length; i++)
        {
            joined[i] = checked(first[i] + second[i]);
        }
    }

    /// <summary>y = a and b, sequence by sequence.</summary>
    public static unsafe void Forward(Device device, Tensor a, SequenceOffsets aOffsets, Tensor b, SequenceOffsets bOffsets, Tensor y)
    {
        CheckShapes("Concatenation.Forward", a.Shape, aOffsets, b.Shape, bOffsets, y.Shape);
        using OperationScope scope = device.Begin("Concatenation.Forward", 0, 2 * y.ByteCount);
        int columns = y.Shape.Columns;
        switch (device)
        {
            case CpuDevice cpu:
                CpuForward(cpu.Workers, (float*)a.Data, aOffsets, (float*)b.Data, bOffsets, columns, (float*)y.Data);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)a.Data, aOffsets, (double*)b.Data, bOffsets, columns, (double*)y.Data);
                break;
            default:
                device.RequirePlanning("Concatenation.Forward");
                break;
        }
    }

    /// <summary>One input's rows of dy, written or added.</summary>
    /// <param name="device">Where all lie.</param>
    /// <param name="dy">[N + M, D].</param>
    /// <param name="aOffsets">Sequences of the first input.</param>
    /// <param name="bOffsets">Sequences of the second.</param>
    /// <param name="isSecond">Whether the gradient is that of the second input.</param>
    /// <param name="accumulate">Whether to add.</param>
    /// <param name="gradient">da or db.</param>
    public static unsafe void Backward(Device device, Tensor dy, SequenceOffsets aOffsets, SequenceOffsets bOffsets, bool isSecond,
        bool accumulate, Tensor gradient)
    {
        int rows = (isSecond ? bOffsets : aOffsets).TokenCount;
        Check.HasCount("Concatenation.Backward", nameof(dy), dy,
            ((long)aOffsets.TokenCount + bOffsets.TokenCount) * gradient.Shape.Columns);
        Check.HasCount("Concatenation.Backward", nameof(gradient), gradient, (long)rows * gradient.Shape.Columns);
        using OperationScope scope =
            device.Begin("Concatenation.Backward", accumulate ? gradient.Count : 0, (accumulate ? 3 : 2) * gradient.ByteCount);
        int columns = gradient.Shape.Columns;
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackward(cpu.Workers, (float*)dy.Data, aOffsets, bOffsets, isSecond, columns, accumulate, (float*)gradient.Data);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, aOffsets, bOffsets, isSecond, columns, accumulate, (double*)gradient.Data);
                break;
            default:
                device.RequirePlanning("Concatenation.Backward");
                break;
        }
    }

    private static void CheckShapes(string operation, Shape a, SequenceOffsets aOffsets, Shape b, SequenceOffsets bOffsets, Shape y)
    {
        if (aOffsets.Count != bOffsets.Count || a.Rows != aOffsets.TokenCount || b.Rows != bOffsets.TokenCount || a.Columns != b.Columns
            || y.Rows != a.Rows + b.Rows || y.Columns != a.Columns)
        {
            throw new ArgumentException($"{operation}: {aOffsets.Count} sequences of {aOffsets.TokenCount} rows in a {a} and {bOffsets.Count} of "
                + $"{bOffsets.TokenCount} in b {b} do not join to {y}; expected as many sequences, as many columns, and the rows of both.");
        }
    }
}
