namespace Avion.Compute;

public static partial class SquaredError
{
    private const int CudaThreads = 256, CudaNumbersPerThread = 16, MostCudaBlocks = 256;

    private static readonly CudaKernel s_partial = new("SquaredError", "squared_error_partial");
    private static readonly CudaKernel s_backward = new("SquaredError", "squared_error_backward");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor x, Tensor target, Tensor loss)
    {
        // The number of elements alone decides the number of blocks, and so the order of the sum.
        int blocks = (int)Math.Min(MostCudaBlocks, (x.Count + (CudaThreads * CudaNumbersPerThread) - 1) / (CudaThreads * CudaNumbersPerThread));
        using ScratchLease scratch = cuda.Scratch.Take(2 * MostCudaBlocks);
        double* partials = (double*)scratch.Floats;
        cuda.Launch(s_partial, x.Type, new CudaGrid(blocks), CudaThreads, [x.Data, target.Data, (nint)partials, x.Count]);
        TermSum.Launch(cuda, partials, blocks, 1.0 / Math.Max(1, x.Count), loss);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dloss, Tensor x, Tensor target, bool accumulate, Tensor dx) =>
        cuda.Launch(s_backward, x.Type, cuda.ElementGrid(x.Count, CudaThreads, 16 / x.Type.SizeInBytes()), CudaThreads,
            [dloss.Data, x.Data, target.Data, accumulate, dx.Data, x.Count]);
}
