namespace Avion.Compute;

public static partial class ColumnBias
{
    private static readonly CudaColumnKernel s_add = new("ColumnBias", "column_bias");

    private static void CudaForward(CudaDevice cuda, Tensor bias, int firstColumn, Tensor x)
    {
        int rows = x.Shape.Rows, stride = x.Shape.Columns, bytes = x.Type.SizeInBytes();
        nint first = x.Data + ((nint)firstColumn * bytes);
        s_add.Launch(cuda, x.Type, (int)bias.Count, bias.Data | first | ((nint)stride * bytes), CudaColumnKernel.WalkCount(rows),
            [bias.Data, first, (long)stride, rows, (int)bias.Count]);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dy, int firstColumn, Tensor dbias) =>
        ColumnSum.CudaAccumulate(cuda, dy.Data + ((nint)firstColumn * dy.Type.SizeInBytes()), dy.Type, dy.Shape.Rows, (int)dbias.Count,
            dy.Shape.Columns, dbias);
}
