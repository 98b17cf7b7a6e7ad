namespace Avion.Compute;

public static partial class GlobalNorm
{
    private const int CudaThreads = 256, CudaNumbersPerThread = 16;

    private static readonly CudaKernel s_partial = new("GlobalNorm", "global_norm_partial"), s_total = new("GlobalNorm", "global_norm_total");

    private static unsafe void CudaSumOfSquares(CudaDevice cuda, Tensor x, Tensor sum)
    {
        // As many blocks as the second kernel adds up, whatever the device: the order of the sum stays the same.
        int blocks = Math.Min(CudaThreads, CudaGrid.BlocksOver(x.Count, CudaThreads * CudaNumbersPerThread));
        using ScratchLease partials = cuda.Scratch.Take(2 * CudaThreads);
        cuda.Launch(s_partial, x.Type, new CudaGrid(blocks), CudaThreads, [x.Data, (nint)partials.Floats, x.Count]);
        cuda.Launch(s_total, x.Type, new CudaGrid(1), CudaThreads, [(nint)partials.Floats, blocks, sum.Data]);
    }
}
