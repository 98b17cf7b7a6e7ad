namespace Avion.Compute;

/// <summary>The sum of the squares of flat memory, whose root is the global gradient norm that clipping limits.</summary>
/// <remarks>
/// Σ x². Shapes: x [n]. Numerics: float32 sums of up to 4096 squares, added in double in a fixed order, the same for any number of
/// threads. Infinite or not a number when an element is, or when the square of one overflows.
/// Cost: 2 n operations; n elements of traffic.
/// </remarks>
public static partial class GlobalNorm
{
    /// <summary>Σ x²; 0 while planning.</summary>
    public static unsafe double SumOfSquares(Device device, Tensor x)
    {
        using OperationScope scope = device.Begin("GlobalNorm.SumOfSquares", 2 * x.Count, x.ByteCount);
        return device switch
        {
            CpuDevice cpu => CpuSumOfSquares(cpu.Workers, (float*)x.Data, x.Count),
            ReferenceDevice => ReferenceSumOfSquares((double*)x.Data, x.Count),
            PlanningDevice => 0,
            _ => throw device.Lacks("GlobalNorm.SumOfSquares"),
        };
    }
}
