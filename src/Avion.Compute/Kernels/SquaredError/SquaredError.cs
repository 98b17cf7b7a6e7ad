// n elements of both tensors
namespace Avion.Compute;

/// <summary>The mean of squared differences.</summary>
/// <remarks>
/// Forward: loss = Σ (x - target)² / n. Backward: dx = dloss · 2 (x - target) / n. No gradient flows to the target.
/// Shapes: x, target, dx alike; loss scalar. With n = 0 the loss is 0.
/// Numerics: sums in double precision within chunks of a fixed size, added in order; on GPUs sums of up to 16 squares are
/// float32. Cost: 3 n operations each way.
/// </remarks>
public static partial class SquaredError
{
    private const int ElementsPerChunk = 1 << 14;

    /// <summary>Writes the loss.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor target, Tensor loss)
    {
        Check.SameShape("SquaredError.Forward", nameof(x), x, nameof(target), target);
        using OperationScope scope = device.Begin("SquaredError.Forward", 3 * x.Count, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, target, loss);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, target, loss);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)target.Data, x.Count, (double*)loss.Data);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(ChunkCount(x.Count));
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, target, loss);
                break;
            default:
                device.RequirePlanning("SquaredError.Forward");
                break;
        }
    }

    /// <summary>Writes dx, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dloss, Tensor x, Tensor target, bool accumulate, Tensor dx)
    {
        using OperationScope scope = device.Begin("SquaredError.Backward", 3 * x.Count, (accumulate ? 4 : 3) * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dloss, x, target, accumulate, dx);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dloss, x, target, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward(*(double*)dloss.Data, (double*)x.Data, (double*)target.Data, x.Count, accumulate, (double*)dx.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dloss, x, target, accumulate, dx);
                break;
            default:
                device.RequirePlanning("SquaredError.Backward");
                break;
        }
    }
}
