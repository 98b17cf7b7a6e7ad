namespace Avion.Compute;

/// <summary>The sum of the squares of flat memory, whose root is the global gradient norm that clipping limits.</summary>
/// <remarks>
/// Σ x². Shapes: x [n]; sum float64 [].
/// Numerics: float32 sums of up to 4096 squares, added in double in a fixed order, the same for any number of threads.
/// Infinite or not a number when an element is, or when the square of one overflows.
/// Cost: 2 n operations; n elements of traffic.
/// </remarks>
public static partial class GlobalNorm
{
    /// <summary>Writes Σ x².</summary>
    /// <param name="device">Where.</param>
    /// <param name="x">[n].</param>
    /// <param name="sum">Float64 [], such as that of a <see cref="StepBlock"/>.</param>
    public static unsafe void SumOfSquares(Device device, Tensor x, Tensor sum)
    {
        Check.HasCount("GlobalNorm.SumOfSquares", nameof(sum), sum, 1);
        using OperationScope scope = device.Begin("GlobalNorm.SumOfSquares", 2 * x.Count, x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                *(double*)sum.Data = CpuSumOfSquares(cpu.Workers, (float*)x.Data, x.Count);
                break;
            case ReferenceDevice:
                *(double*)sum.Data = ReferenceSumOfSquares((double*)x.Data, x.Count);
                break;
            case CudaDevice cuda:
                CudaSumOfSquares(cuda, x, sum);
                break;
            default:
                device.RequirePlanning("GlobalNorm.SumOfSquares");
                break;
        }
    }
}
