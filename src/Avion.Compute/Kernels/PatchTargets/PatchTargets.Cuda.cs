namespace Avion.Compute;

public static partial class PatchTargets
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8;

    private static readonly CudaKernel s_targets = new("PatchTargets", "patch_targets");

    private static void CudaForward(CudaDevice cuda, Tensor patches, Tensor rows, VideoNormalization normalization, bool normalizesPatches,
        Tensor y)
    {
        CudaGrid grid = CudaGrid.Over(y.Shape.Rows, CudaRowsPerBlock);
        cuda.Launch(s_targets, y.Type, grid, CudaThreads,
        [
            patches.Data, rows.Data, normalizesPatches, (float)(DeviationOffset / normalization.RedDeviation),
            (float)(DeviationOffset / normalization.GreenDeviation), (float)(DeviationOffset / normalization.BlueDeviation), y.Data,
            y.Shape.Rows, y.Shape.Columns / 3, patches.Shape.Rows,
        ]);
    }
}
