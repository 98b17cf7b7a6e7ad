namespace Avion.Compute;

public static partial class ColumnScale
{
    private static readonly CudaColumnKernel s_forward = new("ColumnScale", "column_scale_forward");
    private static readonly CudaColumnKernel s_backward = new("ColumnScale", "column_scale_backward");

    private static void CudaForward(CudaDevice cuda, Tensor x, Tensor scale, Tensor y)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        s_forward.Launch(cuda, x.Type, columns, x.Data | scale.Data | y.Data, CudaColumnKernel.WalkCount(rows),
            [x.Data, scale.Data, y.Data, rows, columns]);
    }

    private static unsafe void CudaBackward(CudaDevice cuda, Tensor dy, Tensor x, Tensor scale, Tensor dscale, bool accumulates, Tensor dx)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns, parts = CudaColumnKernel.PartCount(rows);
        using ScratchLease scratch = cuda.Scratch.Take((long)parts * columns);
        nint sums = dscale.IsAbsent ? 0 : (nint)scratch.Floats;
        s_backward.Launch(cuda, x.Type, columns, dy.Data | x.Data | scale.Data | dx.Data, parts,
            [dy.Data, x.Data, scale.Data, accumulates, dx.Data, sums, rows, columns]);
        if (!dscale.IsAbsent)
        {
            ColumnSum.CudaAddParts(cuda, sums, parts, dscale);
        }
    }
}
