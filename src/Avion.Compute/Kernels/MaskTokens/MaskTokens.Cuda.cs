namespace Avion.Compute;

public static partial class MaskTokens
{
    private static readonly CudaColumnKernel s_forward = new("MaskTokens", "mask_tokens_forward");
    private static readonly CudaColumnKernel s_visible = new("MaskTokens", "mask_tokens_visible");
    private static readonly CudaColumnKernel s_sum = new("MaskTokens", "mask_tokens_sum");

    private static void CudaForward(CudaDevice cuda, Tensor visible, Tensor mask, Tensor sources, Tensor y)
    {
        int rows = y.Shape.Rows, columns = y.Shape.Columns;
        s_forward.Launch(cuda, y.Type, columns, visible.Data | mask.Data | y.Data, CudaColumnKernel.WalkCount(rows),
            [visible.Data, mask.Data, sources.Data, y.Data, rows, columns, visible.Shape.Rows]);
    }

    private static unsafe void CudaBackward(CudaDevice cuda, Tensor dy, Tensor sources, bool accumulate, Tensor dvisible, Tensor dmask)
    {
        int rows = dy.Shape.Rows, columns = dy.Shape.Columns;
        if (!dvisible.IsAbsent)
        {
            if (!accumulate)
            {
                cuda.Clear(dvisible);
            }

            s_visible.Launch(cuda, dy.Type, columns, dy.Data | dvisible.Data, CudaColumnKernel.WalkCount(rows),
                [dy.Data, sources.Data, accumulate, dvisible.Data, rows, columns]);
        }

        if (!dmask.IsAbsent)
        {
            int parts = CudaColumnKernel.PartCount(rows);
            using ScratchLease scratch = cuda.Scratch.Take((long)parts * columns);
            s_sum.Launch(cuda, dy.Type, columns, dy.Data, parts, [dy.Data, sources.Data, (nint)scratch.Floats, rows, columns]);
            ColumnSum.CudaAddParts(cuda, (nint)scratch.Floats, parts, dmask);
        }
    }
}
