namespace Avion.Compute;

public static partial class Positions
{
    private static readonly CudaColumnKernel s_forward = new("Positions", "positions_forward");
    private static readonly CudaColumnKernel s_backward = new("Positions", "positions_backward");

    private static void CudaForward(CudaDevice cuda, Tensor x, Tensor positions, SequenceOffsets offsets, Tensor y)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        s_forward.Launch(cuda, x.Type, columns, x.Data | positions.Data | y.Data, CudaColumnKernel.WalkCount(rows),
            [x.Data, positions.Data, offsets.FirstRows.Data, offsets.Count, y.Data, rows, columns]);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dy, SequenceOffsets offsets, Tensor dpositions) =>
        s_backward.Launch(cuda, dy.Type, dy.Shape.Columns, dy.Data, offsets.LongestLength,
            [dy.Data, offsets.FirstRows.Data, offsets.Count, dpositions.Data, dy.Shape.Columns]);
}
