namespace Avion.Compute;

public static partial class PooledAttention
{
    private const int CudaThreads = 256, WarpSize = 32;

    // Numbers of a head that a lane holds; larger heads are cut into slices, each of which makes the scores anew.
    private static readonly int[] s_parts = [1, 2, 4];

    private static readonly CudaKernel[] s_forward = Kernels("forward"), s_backward = Kernels("backward");

    private static CudaKernel[] Kernels(string part) =>
        [.. s_parts.Select(parts => new CudaKernel("PooledAttention", $"pooled_attention_{part}_{parts}"))];

    private static void CudaForward(CudaDevice cuda, Tensor q, Tensor keyValue, SequenceOffsets offsets, int width, int headCount, Tensor y,
        Tensor logSumExp)
    {
        (int variant, CudaGrid grid, float scale) = CudaShape(offsets, width, headCount);
        cuda.Launch(s_forward[variant], q.Type, grid, CudaThreads,
            [q.Data, keyValue.Data, offsets.FirstRows.Data, y.Data, logSumExp.Data, width, headCount, scale]);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dy, Tensor q, Tensor keyValue, Tensor y, Tensor logSumExp,
        SequenceOffsets offsets, int width, int headCount, bool accumulateQ, bool accumulateKeyValue, Tensor dq, Tensor dkeyValue)
    {
        (int variant, CudaGrid grid, float scale) = CudaShape(offsets, width, headCount);
        cuda.Launch(s_backward[variant], q.Type, grid, CudaThreads,
        [
            dy.Data, q.Data, keyValue.Data, y.Data, logSumExp.Data, offsets.FirstRows.Data, accumulateQ, accumulateKeyValue, dq.Data,
            dkeyValue.Data, width, headCount, scale,
        ]);
    }

    private static (int Variant, CudaGrid Grid, float Scale) CudaShape(SequenceOffsets offsets, int width, int headCount)
    {
        int headSize = width / headCount;
        int found = Array.BinarySearch(s_parts, (headSize + WarpSize - 1) / WarpSize);
        int variant = Math.Min(found < 0 ? ~found : found, s_parts.Length - 1);
        int slice = s_parts[variant] * WarpSize;
        return (variant, new CudaGrid(offsets.Count, headCount, CudaGrid.BlocksOver(headSize, slice)), 1 / MathF.Sqrt(headSize));
    }
}
