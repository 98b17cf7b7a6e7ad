namespace Avion.Compute;

public static partial class MeanPooling
{
    private static readonly CudaColumnKernel s_forward = new("MeanPooling", "mean_pooling_forward");
    private static readonly CudaColumnKernel s_backward = new("MeanPooling", "mean_pooling_backward");

    private static void CudaForward(CudaDevice cuda, Tensor x, SequenceOffsets offsets, Tensor y) =>
        s_forward.Launch(cuda, x.Type, x.Shape.Columns, x.Data, offsets.Count, [x.Data, offsets.FirstRows.Data, y.Data, x.Shape.Columns]);

    private static void CudaBackward(CudaDevice cuda, Tensor dy, SequenceOffsets offsets, bool accumulate, Tensor dx)
    {
        int rows = dx.Shape.Rows, columns = dx.Shape.Columns;
        s_backward.Launch(cuda, dy.Type, columns, dy.Data | dx.Data, CudaColumnKernel.WalkCount(rows),
            [dy.Data, offsets.FirstRows.Data, offsets.Count, accumulate, dx.Data, rows, columns]);
    }
}
