using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>oneDNN's <c>dnnl_sgemm</c>, row-major, one thread a call.</summary>
internal sealed unsafe class OneDnnLibrary : MatrixLibrary
{
    private readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> _multiply;
    private readonly delegate* unmanaged<int, void> _setThreadCount;

    [ThreadStatic]
    private static bool t_isSingleThreaded;

    private OneDnnLibrary(nint multiply, nint setThreadCount, string name, string source)
    {
        _multiply = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)multiply;
        _setThreadCount = (delegate* unmanaged<int, void>)setThreadCount;
        Name = name;
        Source = source;
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override string Source { get; }

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

        if (!t_isSingleThreaded)
        {
            // OpenMP keeps the number of threads per calling thread.
            t_isSingleThreaded = true;
            if (_setThreadCount != null)
            {
                _setThreadCount(1);
            }
        }

        const int OutOfMemory = 1;
        int status = _multiply(Letter(transposeA), Letter(transposeB), m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC);
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

    internal static OneDnnLibrary? TryCreate(nint handle, string file)
    {
        if (!NativeLibrary.TryGetExport(handle, "dnnl_sgemm", out nint multiply))
        {
            return null;
        }

        string version = NativeLibrary.TryGetExport(handle, "dnnl_version", out nint versionFunction)
            ? VersionText(((delegate* unmanaged<int*>)versionFunction)())
            : "";

        // The library's own OpenMP, which its dependencies loaded; a build for another runtime has none, and then threads by itself.
        nint setThreadCount = 0;
        _ = (NativeLibrary.TryLoad("libgomp.so.1", out nint openMp) || NativeLibrary.TryLoad("libiomp5.so", out openMp))
            && NativeLibrary.TryGetExport(openMp, "omp_set_num_threads", out setThreadCount);
        return new OneDnnLibrary(multiply, setThreadCount, $"oneDNN{version}", file);
    }

    private static byte Letter(bool transpose) => (byte)(transpose ? 'T' : 'N');

    // dnnl_version_t starts with three ints: major, minor, patch.
    private static string VersionText(int* version) => $" {version[0]}.{version[1]}.{version[2]}";
}
