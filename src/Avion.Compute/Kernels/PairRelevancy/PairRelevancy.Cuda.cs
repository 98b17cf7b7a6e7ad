namespace Avion.Compute;

public static partial class PairRelevancy
{
    private const int CudaThreads = 256;

    private static readonly CudaKernel s_gather = new("PairRelevancy", "pair_relevancy");

    private static void CudaGather(CudaDevice cuda, Tensor codes, Tensor levels, Tensor pairs, Tensor y) =>
        cuda.Launch(s_gather, y.Type, CudaGrid.Over(y.Count, CudaThreads), CudaThreads,
            [codes.Data, levels.Data, pairs.Data, y.Data, pairs.Shape.Rows, codes.Shape.Rows, codes.Shape.Columns]);
}
