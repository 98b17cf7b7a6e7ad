namespace Avion.Compute;

public static partial class PackedAttention
{
    private const int CudaThreads = 128, CudaTileRows = 64, CudaColumnRows = 32, CudaRowsPerBlock = 4, PackBytes = 16, CudaThreadsPerRow = 2;
    private const double Log2E = 1.4426950408889634;

    // Head sizes of the kernels for tensor cores.
    private static readonly int[] s_headSizes = [64, 80, 96, 128];

    private static readonly CudaKernel[] s_forward =
        [.. s_headSizes.Select(size => new CudaKernel("PackedAttention", $"attention_forward_{size}"))];

    private static readonly CudaKernel s_tallForward = new("PackedAttention", "attention_forward_64_128");
    private static readonly CudaKernel s_forwardOfAny = new("PackedAttention", "attention_forward");

    private static readonly CudaKernel[] s_queries = [.. s_headSizes.Select(size => Backward($"queries_{size}"))];
    private static readonly CudaKernel[] s_keys = [.. s_headSizes.Select(size => Backward($"keys_{size}"))];
    private static readonly CudaKernel s_tallQueries = Backward("queries_64_128"), s_tallKeys = Backward("keys_64_128");
    private static readonly CudaKernel s_queriesOfAny = Backward("queries"), s_keysOfAny = Backward("keys");
    private static readonly CudaKernel s_rowProducts = new("PackedAttentionBackward", "attention_row_products");

    private static CudaKernel Backward(string part) => new("PackedAttentionBackward", $"attention_backward_{part}");

    /// <summary>Rows of a block: those that the table wants where there is a kernel for them.</summary>
    private static int TileRows(in AttentionShape shape, int wanted) => shape.HeadSize == s_headSizes[0] ? wanted : CudaTileRows;

    private static void CudaForward(CudaDevice cuda, in AttentionShape shape, Tensor qkv, Tensor y, Tensor lse)
    {
        int variant = qkv.Type == ElementType.BFloat16 && (qkv.Data | y.Data) % PackBytes == 0 ? Array.IndexOf(s_headSizes, shape.HeadSize) : -1;
        int rows = variant >= 0 ? TileRows(shape, cuda.Tiles.AttentionForwardRows) : CudaRowsPerBlock;
        CudaGrid grid = new(CudaGrid.BlocksOver(shape.Offsets.LongestLength, rows), shape.HeadCount, shape.Offsets.Count);
        nint offsets = shape.Offsets.FirstRows.Data;
        if (variant >= 0)
        {
            cuda.Launch(rows > CudaTileRows ? s_tallForward : s_forward[variant], qkv.Type, grid, CudaThreadsPerRow * rows,
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

    private static long CudaRowProductCount(in AttentionShape shape) => (long)shape.Offsets.TokenCount * shape.HeadCount;

    private static unsafe void CudaBackward(CudaDevice cuda, in AttentionShape shape, Tensor dy, Tensor qkv, Tensor y, Tensor lse,
        bool accumulate, Tensor dqkv)
    {
        int tokens = shape.Offsets.TokenCount;
        using ScratchLease scratch = cuda.Scratch.Take(CudaRowProductCount(shape));
        nint delta = (nint)scratch.Floats, offsets = shape.Offsets.FirstRows.Data;
        CudaGrid rowGrid = new(CudaGrid.BlocksOver(tokens, CudaRowsPerBlock), shape.HeadCount);
        cuda.Launch(s_rowProducts, y.Type, rowGrid, CudaThreads, [dy.Data, y.Data, delta, tokens, shape.HeadCount, shape.HeadSize]);
        int variant = qkv.Type == ElementType.BFloat16 && (qkv.Data | dy.Data | dqkv.Data) % PackBytes == 0
            ? Array.IndexOf(s_headSizes, shape.HeadSize) : -1;
        int rows = variant >= 0 ? TileRows(shape, cuda.Tiles.AttentionBackwardRows) : CudaRowsPerBlock;
        CudaGrid grid = new(CudaGrid.BlocksOver(shape.Offsets.LongestLength, rows), shape.HeadCount, shape.Offsets.Count);
        foreach (bool forKeys in (ReadOnlySpan<bool>)[false, true])
        {
            if (variant >= 0)
            {
                // Two tiles of rows and two of 32 columns, each row 16 bytes longer than it is.
                int sharedBytes = 2 * (rows + CudaColumnRows) * ((2 * shape.HeadSize) + PackBytes);
                CudaKernel kernel = rows > CudaTileRows ? (forKeys ? s_tallKeys : s_tallQueries) : (forKeys ? s_keys : s_queries)[variant];
                cuda.Launch(kernel, qkv.Type, grid, CudaThreadsPerRow * rows,
                [
                    dy.Data, qkv.Data, lse.Data, delta, offsets, accumulate, dqkv.Data, tokens, shape.HeadCount, shape.IsCausal,
                    (float)shape.Scale,
                ], sharedBytes);
                continue;
            }

            cuda.Launch(forKeys ? s_keysOfAny : s_queriesOfAny, qkv.Type, grid, CudaThreads,
            [
                dy.Data, qkv.Data, lse.Data, delta, offsets, accumulate, dqkv.Data, tokens, shape.HeadCount, shape.HeadSize, shape.IsCausal,
                (float)shape.Scale,
            ]);
        }
    }
}
