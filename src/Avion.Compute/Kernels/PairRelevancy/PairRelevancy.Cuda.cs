namespace Avion.Compute;

public static partial class PairRelevancy
{
    private const int CudaThreads = 256;

    private static readonly CudaKernel s_gather = new("PairRelevancy", "pair_relevancy");

    private static void CudaGather(CudaDevice cuda, Tensor codes, Tensor levels, Tensor pairs, Tensor y) =>
        cuda.Launch(s_gather, y.Type, new CudaGrid(checked((int)((y.Count + CudaThreads - 1) / CudaThreads))), CudaThreads,
            [codes.Data, levels.Data, pairs.Data, y.Data, pairs.Shape.Rows, codes.Shape.Rows, codes.Shape.Columns]);
}
