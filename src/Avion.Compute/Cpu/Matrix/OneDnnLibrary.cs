using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>oneDNN's <c>dnnl_sgemm</c>, and its matmul primitive for bfloat16, row-major, one thread a call.</summary>
/// <remarks>
/// On x86 the kernels of releases before 3.11.2 let the stack pointer point into the heap while they run. A signal then has its frame written
/// there, over what lies below: the process dies some time later, when it frees that memory. So no signal may reach a thread that is in one.
/// Source: github.com/uxlfoundation/oneDNN, issue 4845 and pull request 4855.
/// </remarks>
internal sealed unsafe class OneDnnLibrary : MatrixLibrary
{
    private readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> _multiply;
    private readonly delegate* unmanaged<int, void> _setThreadCount;
    private readonly OneDnnProducts? _products;
    private readonly bool _losesStackPointer;

    private static readonly Version s_keepsStackPointer = new(3, 11, 2);

    [ThreadStatic]
    private static bool t_isSingleThreaded;

    /// <summary>Wraps functions of an opened library.</summary>
    /// <param name="multiply"><c>dnnl_sgemm</c>.</param>
    /// <param name="setThreadCount"><c>omp_set_num_threads</c>, or 0.</param>
    /// <param name="version">The library's release; null where it does not tell.</param>
    /// <param name="source">Where it was found.</param>
    /// <param name="products">Those of bfloat16; null where the processor has no instructions for them.</param>
    internal OneDnnLibrary(nint multiply, nint setThreadCount, Version? version, string source, OneDnnProducts? products = null)
    {
        _losesStackPointer = LosesStackPointer(version);
        _multiply = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)multiply;
        _setThreadCount = (delegate* unmanaged<int, void>)setThreadCount;
        Name = version is null ? "oneDNN" : $"oneDNN {version}";
        Source = source;
        _products = products;
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override string Source { get; }

    /// <inheritdoc />
    public override bool HasBFloat16Instructions => _products is not null;

    /// <inheritdoc />
    public override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC)
    {
        if (m == 0 || n == 0)
        {
            return;
        }

        if (k == 0)
        {
            Scale(c, strideC, m, n, beta);
            return;
        }

        ComputeOnThisThread();
        const int OutOfMemory = 1;
        int status;
        using (HeldSignals signals = _losesStackPointer ? HeldSignals.Hold() : default)
        {
            status = _multiply(Letter(transposeA), Letter(transposeB), m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC);
        }

        if (status == OutOfMemory)
        {
            throw new OutOfMemoryException($"{Name} has no memory left for the product of {m}×{k} and {k}×{n} numbers. Choose a smaller batch, "
                + "or give the process more memory.");
        }

        if (status != 0)
        {
            throw new InvalidOperationException($"{Name}: dnnl_sgemm({m}, {n}, {k}) failed with status {status}. This is a bug in Avion.");
        }
    }

    private protected override void MultiplyBFloat16(bool transposeA, bool transposeB, int m, int n, int k, BFloat16* a, int strideA,
        BFloat16* b, int strideB, bool accumulate, float* c, int strideC)
    {
        if (_products is null)
        {
            base.MultiplyBFloat16(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
            return;
        }

        ComputeOnThisThread();
        _products.Multiply(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
    }

    internal static OneDnnLibrary? TryCreate(nint handle, string file)
    {
        if (!NativeLibrary.TryGetExport(handle, "dnnl_sgemm", out nint multiply))
        {
            return null;
        }

        Version? version = NativeLibrary.TryGetExport(handle, "dnnl_version", out nint versionFunction)
            ? VersionOf(((delegate* unmanaged<int*>)versionFunction)())
            : null;

        // The library's own OpenMP, which its dependencies loaded; a build for another runtime has none, and then threads by itself.
        nint setThreadCount = 0;
        _ = (NativeLibrary.TryLoad("libgomp.so.1", out nint openMp) || NativeLibrary.TryLoad("libiomp5.so", out openMp))
            && NativeLibrary.TryGetExport(openMp, "omp_set_num_threads", out setThreadCount);
        OneDnnProducts? products = OneDnnProducts.Of(handle, version, LosesStackPointer(version));
        return new OneDnnLibrary(multiply, setThreadCount, version, file, products);
    }

    /// <summary>Whether kernels of a release use the stack pointer for another address.</summary>
    internal static bool LosesStackPointer(Version? version) => X86Base.IsSupported && (version is null || version < s_keepsStackPointer);

    private void ComputeOnThisThread()
    {
        if (!t_isSingleThreaded && _setThreadCount != null)
        {
            // OpenMP keeps the number of threads per calling thread.
            t_isSingleThreaded = true;
            _setThreadCount(1);
        }
    }

    private static byte Letter(bool transpose) => (byte)(transpose ? 'T' : 'N');

    // dnnl_version_t starts with three ints: major, minor, patch.
    private static Version VersionOf(int* version) => new(version[0], version[1], version[2]);
}
