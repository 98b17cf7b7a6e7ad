// n elements of both tensors
namespace Avion.Compute;

/// <summary>The same numbers in another type: working weights from the master copy.</summary>
/// <remarks>
/// y = x, rounded to the nearest number of y's type, to the even one of two equally near; what is not a number stays so.
/// Shapes: x, y alike; float32 to bfloat16. Cost: n operations, n elements of each type of traffic.
/// </remarks>
public static class Cast
{
    private const int CudaThreads = 256, CudaNumbersPerThread = 8;

    private static readonly CudaKernel s_cast = new("Cast", "cast");

    /// <summary>Writes y.</summary>
    public static unsafe void Run(Device device, Tensor x, Tensor y)
    {
        Check.SameShape("Cast.Run", nameof(x), x, nameof(y), y);
        if (x.Type != ElementType.Float32 || y.Type != ElementType.BFloat16)
        {
            throw new ArgumentException($"Cast.Run: got {x} and {y}, expected {ElementType.Float32} and {ElementType.BFloat16}.");
        }

        using OperationScope scope = device.Begin("Cast.Run", x.Count, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuRun(cpu, x.Pointer<float>(), x.Count, y.Pointer<BFloat16>());
                break;
            case CudaDevice cuda:
                cuda.Launch(s_cast, x.Type, cuda.ElementGrid(x.Count, CudaThreads, CudaNumbersPerThread), CudaThreads, [x.Data, y.Data, x.Count]);
                break;
            default:
                device.RequirePlanning("Cast.Run");
                break;
        }
    }

    /// <summary>Rounds numbers to another type, or widens them.</summary>
    internal static unsafe void CpuRun<TSource, TTarget>(CpuDevice cpu, TSource* x, long count, TTarget* y)
        where TSource : unmanaged
        where TTarget : unmanaged =>
        Elementwise.Run(cpu.Workers, count, new Work<TSource, TTarget> { X = x, Y = y });

    private unsafe struct Work<TSource, TTarget> : IElementwiseWork where TSource : unmanaged where TTarget : unmanaged
    {
        public TSource* X;
        public TTarget* Y;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector> =>
            RowArithmetic.Copy(X + first, (int)count, Y + first);
    }
}
