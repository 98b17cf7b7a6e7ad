namespace Avion.Compute;

public static partial class Gelu
{
    private const int CudaThreads = 256;

    // In the order of GeluKind.
    private static readonly CudaKernel[] s_forward =
        [new("Gelu", "gelu_erf_forward"), new("Gelu", "gelu_quick_forward"), new("Gelu", "gelu_tanh_forward")];

    private static readonly CudaKernel[] s_backward =
        [new("Gelu", "gelu_erf_backward"), new("Gelu", "gelu_quick_backward"), new("Gelu", "gelu_tanh_backward")];

    internal static void CudaForward(CudaDevice cuda, Tensor x, GeluKind kind, Tensor y) =>
        cuda.Launch(s_forward[(int)kind], x.Type, CudaGridOf(cuda, x), CudaThreads, [x.Data, y.Data, x.Count]);

    private static void CudaBackward(CudaDevice cuda, Tensor dy, Tensor x, GeluKind kind, bool accumulate, Tensor dx) =>
        cuda.Launch(s_backward[(int)kind], x.Type, CudaGridOf(cuda, x), CudaThreads, [dy.Data, x.Data, accumulate, dx.Data, x.Count]);

    private static CudaGrid CudaGridOf(CudaDevice cuda, Tensor x) => cuda.ElementGrid(x.Count, CudaThreads, 16 / x.Type.SizeInBytes());
}
