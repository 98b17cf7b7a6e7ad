// N tokens · B sequences · L positions of the table · D columns (width)

namespace Avion.Compute;

/// <summary>Adds to each token of a packed batch the row of a table that its place in its sequence names.</summary>
/// <remarks>
/// Forward: y[start_b + i] = x[start_b + i] + positions[i]. Backward: dx = dy, passed on without a copy;
/// dpositions[i] += Σ over the sequences b longer than i of dy[start_b + i].
/// Shapes: x, y, dy [N, D]; positions, dpositions [L, D] with L ≥ the longest sequence. Aliasing: y may be x.
/// Numerics: the sum over sequences runs in their order, position by position, for any number of threads.
/// Cost: N·D operations each way; 3 N·D elements of traffic forward, N·D + 2 L·D backward.
/// </remarks>
public static partial class Positions
{
    /// <summary>y = x + positions.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor positions, SequenceOffsets offsets, Tensor y)
    {
        CheckShapes("Positions.Forward", x, positions, offsets);
        Check.SameShape("Positions.Forward", nameof(x), x, nameof(y), y);
        using OperationScope scope = device.Begin("Positions.Forward", x.Count, 3 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, positions, offsets, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, positions, offsets, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)positions.Data, offsets, x.Shape.Columns, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, positions, offsets, y);
                break;
            default:
                device.RequirePlanning("Positions.Forward");
                break;
        }
    }

    /// <summary>dpositions += the sums of dy over the sequences.</summary>
    public static unsafe void Backward(Device device, Tensor dy, SequenceOffsets offsets, Tensor dpositions)
    {
        CheckShapes("Positions.Backward", dy, dpositions, offsets);
        using OperationScope scope = device.Begin("Positions.Backward", dy.Count, dy.ByteCount + (2 * dpositions.ByteCount));
        switch (device)
        {
            case CpuDevice cpu when dy.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, offsets, dpositions);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, offsets, dpositions);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, offsets, dy.Shape.Columns, (double*)dpositions.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, offsets, dpositions);
                break;
            default:
                device.RequirePlanning("Positions.Backward");
                break;
        }
    }

    private static void CheckShapes(string operation, Tensor x, Tensor positions, SequenceOffsets offsets)
    {
        Check.HasShape(operation, nameof(x), x, new Shape(offsets.TokenCount, positions.Shape.Columns));
        if (offsets.LongestLength > positions.Shape.Rows)
        {
            throw new ArgumentException(
                $"{operation}: a sequence has {offsets.LongestLength} tokens, but there are positions for {positions.Shape.Rows} only.");
        }
    }
}
