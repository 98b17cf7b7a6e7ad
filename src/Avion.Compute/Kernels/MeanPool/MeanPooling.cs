// N tokens · B sequences · D columns (width)
namespace Avion.Compute;

/// <summary>The mean of the tokens of each sequence.</summary>
/// <remarks>
/// Forward: y[b] = Σ_i x[start_b + i] / length_b; zeros for an empty sequence. Backward: dx[start_b + i] = dy[b] / length_b.
/// Shapes: x, dx [N, D]; y, dy [B, D]. Numerics: sums in the order of tokens, a block of columns of one sequence a chunk.
/// Cost: N·D operations each way; forward N·D elements of traffic, backward N·D (2 N·D when adding).
/// </remarks>
public static partial class MeanPooling
{
    /// <summary>Writes the means.</summary>
    public static unsafe void Forward(Device device, Tensor x, SequenceOffsets offsets, Tensor y)
    {
        CheckShapes("MeanPooling.Forward", x, offsets, y);
        using OperationScope scope = device.Begin("MeanPooling.Forward", x.Count, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, offsets, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, offsets, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, offsets, x.Shape.Columns, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, offsets, y);
                break;
            default:
                device.RequirePlanning("MeanPooling.Forward");
                break;
        }
    }

    /// <summary>Writes dx, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dy, SequenceOffsets offsets, bool accumulate, Tensor dx)
    {
        CheckShapes("MeanPooling.Backward", dx, offsets, dy);
        using OperationScope scope = device.Begin("MeanPooling.Backward", dx.Count, (accumulate ? 2 : 1) * dx.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when dx.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, offsets, accumulate, dx);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, offsets, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, offsets, dx.Shape.Columns, accumulate, (double*)dx.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, offsets, accumulate, dx);
                break;
            default:
                device.RequirePlanning("MeanPooling.Backward");
                break;
        }
    }

    private static void CheckShapes(string operation, Tensor x, SequenceOffsets offsets, Tensor y)
    {
        Check.HasShape(operation, nameof(x), x, new Shape(offsets.TokenCount, y.Shape.Columns));
        Check.HasShape(operation, nameof(y), y, new Shape(offsets.Count, x.Shape.Columns));
    }
}
