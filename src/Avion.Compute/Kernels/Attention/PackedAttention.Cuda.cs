namespace Avion.Compute;

public static partial class PackedAttention
{
    private const int CudaThreads = 128, CudaTileRows = 64, CudaRowsPerBlock = 4, PackBytes = 16;
    private const double Log2E = 1.4426950408889634;

    // Head sizes of the kernels for tensor cores.
    private static readonly int[] s_headSizes = [64, 80, 96, 128];

    private static readonly CudaKernel[] s_forward = [.. s_headSizes.Select(size => new CudaKernel("PackedAttention", $"attention_forward_{size}"))];
    private static readonly CudaKernel s_forwardOfAny = new("PackedAttention", "attention_forward");

    private static void CudaForward(CudaDevice cuda, in AttentionShape shape, Tensor qkv, Tensor y, Tensor lse)
    {
        int variant = qkv.Type == ElementType.BFloat16 && (qkv.Data | y.Data) % PackBytes == 0 ? Array.IndexOf(s_headSizes, shape.HeadSize) : -1;
        int rows = variant >= 0 ? CudaTileRows : CudaRowsPerBlock;
        CudaGrid grid = new((shape.Offsets.LongestLength + rows - 1) / rows, shape.HeadCount, shape.Offsets.Count);
        nint offsets = shape.Offsets.FirstRows.Data;
        if (variant >= 0)
        {
            cuda.Launch(s_forward[variant], qkv.Type, grid, CudaThreads,
            [
                qkv.Data, offsets, y.Data, lse.Data, shape.Offsets.TokenCount, shape.HeadCount, shape.IsCausal, (float)(shape.Scale * Log2E),
            ]);
            return;
        }

        cuda.Launch(s_forwardOfAny, qkv.Type, grid, CudaThreads,
        [
            qkv.Data, offsets, y.Data, lse.Data, shape.Offsets.TokenCount, shape.HeadCount, shape.HeadSize, shape.IsCausal, (float)shape.Scale,
        ]);
    }
}
