namespace Avion.Compute;

public static partial class LayerNorm
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8, CudaSumThreads = 64, PackBytes = 16, CudaLanes = 32;

    // Blocks whose partial sums a second kernel adds: a number of rows alone decides it, so that results do not depend on the device.
    private const int MostPartials = 256;

    // Packs of a lane for which there is a kernel that keeps the row in registers; bfloat16 has them up to 4. More do not fit.
    private static readonly int[] s_packs = [1, 2, 3, 4, 6];

    private static readonly CudaKernel[] s_forward = [.. s_packs.Select(packs => new CudaKernel("LayerNorm", $"layer_norm_forward_{packs}"))];
    private static readonly CudaKernel[] s_backward = [.. s_packs.Select(packs => new CudaKernel("LayerNorm", $"layer_norm_backward_{packs}"))];
    private static readonly CudaKernel s_forwardOfAny = new("LayerNorm", "layer_norm_forward");
    private static readonly CudaKernel s_backwardOfAny = new("LayerNorm", "layer_norm_backward");
    private static readonly CudaKernel s_sums = new("LayerNorm", "layer_norm_sums"), s_parameters = new("LayerNorm", "layer_norm_parameters");

    /// <summary>Branch and s may be 0.</summary>
    private static void CudaForward(CudaDevice cuda, Tensor x, nint branch, Tensor weight, Tensor bias, float epsilon, nint s, Tensor y,
        Tensor mean, Tensor rstd)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        int variant = Variant(x.Type, columns, x.Data | branch | weight.Data | bias.Data | s | y.Data);
        int warps = cuda.Tiles.LayerNormRows;
        cuda.Launch(variant < 0 ? s_forwardOfAny : s_forward[variant], x.Type, CudaGrid.Over(rows, warps), CudaLanes * warps,
            [x.Data, branch, weight.Data, bias.Data, s, y.Data, mean.Data, rstd.Data, rows, columns, epsilon]);
    }

    /// <summary>Dx, dweight and dbias may be absent.</summary>
    private static unsafe void CudaBackward(CudaDevice cuda, Tensor dy, Tensor x, Tensor weight, Tensor mean, Tensor rstd, bool accumulate,
        Tensor dx, Tensor dweight, Tensor dbias)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        if (rows == 0)
        {
            return;
        }

        bool wantsParameters = !dweight.IsAbsent || !dbias.IsAbsent;
        int variant = Variant(x.Type, columns, x.Data | dy.Data | weight.Data | dx.Data);
        int blocks = PartialBlocks(rows);
        using ScratchLease partials = cuda.Scratch.Take(CudaPartialCount(rows, columns));
        nint sums = wantsParameters ? (nint)partials.Floats : 0;
        if (variant >= 0)
        {
            cuda.Launch(s_backward[variant], x.Type, new CudaGrid(blocks), CudaThreads,
                [dy.Data, x.Data, weight.Data, mean.Data, rstd.Data, accumulate, dx.Data, sums, rows, columns],
                sharedBytes: columns * sizeof(float));
        }
        else
        {
            if (wantsParameters)
            {
                cuda.Launch(s_sums, x.Type, CudaGrid.Over(columns, CudaLanes) with { Y = blocks }, CudaThreads,
                    [dy.Data, x.Data, mean.Data, rstd.Data, sums, rows, columns]);
            }

            // After the sums, for dx may be dy.
            if (!dx.IsAbsent)
            {
                cuda.Launch(s_backwardOfAny, x.Type, RowGrid(rows), CudaThreads,
                    [dy.Data, x.Data, weight.Data, mean.Data, rstd.Data, accumulate, dx.Data, rows, columns]);
            }
        }

        if (wantsParameters)
        {
            cuda.Launch(s_parameters, ElementType.Float32, CudaGrid.Over(2 * columns, CudaSumThreads), CudaSumThreads,
                [sums, blocks, dweight.Data, dbias.Data, columns, variant >= 0 ? PackBytes / x.Type.SizeInBytes() : 1]);
        }
    }

    private static int PartialBlocks(int rows) => Math.Min(MostPartials, RowGrid(rows).X);

    private static long CudaPartialCount(int rows, int columns) => 2L * PartialBlocks(rows) * columns;

    private static CudaGrid RowGrid(int rows) => CudaGrid.Over(rows, CudaRowsPerBlock);

    /// <summary>The kernel whose lanes hold the packs of a row; -1 where rows are not whole packs or too long.</summary>
    private static int Variant(ElementType type, int columns, nint addresses)
    {
        int width = PackBytes / type.SizeInBytes(), packs = ((columns / width) + 31) / 32;
        int found = Array.BinarySearch(s_packs, packs), variant = found < 0 ? ~found : found;
        bool fits = variant < s_packs.Length && columns % width == 0 && addresses % PackBytes == 0 && (type == ElementType.Float32 || packs <= 4);
        return fits ? variant : -1;
    }
}
