namespace Avion.Compute;

public static partial class Add
{
    private const int CudaThreads = 256;

    private static readonly CudaKernel s_add = new("Add", "add"), s_accumulate = new("Add", "accumulate");

    private static void CudaForward(CudaDevice cuda, Tensor a, Tensor b, Tensor y)
    {
        if (a.Type == y.Type && b.Type == y.Type)
        {
            CudaGrid grid = cuda.ElementGrid(y.Count, CudaThreads, 16 / y.Type.SizeInBytes());
            cuda.Launch(s_add, y.Type, grid, CudaThreads, [a.Data, b.Data, y.Data, y.Count]);
        }
        else if (a.Type == ElementType.BFloat16 && y.Type == ElementType.Float32 && b.Data == y.Data)
        {
            cuda.Launch(s_accumulate, a.Type, cuda.ElementGrid(y.Count, CudaThreads, 1), CudaThreads, [a.Data, y.Data, y.Count]);
        }
        else
        {
            throw new ArgumentException($"Add.Forward: got {a}, {b} and {y}, expected one type, or bfloat16 added to float32 in place.");
        }
    }
}
