using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>A library with the C interface to BLAS, such as OpenBLAS, BLIS or MKL: <c>cblas_sgemm</c>, one thread a call.</summary>
internal sealed unsafe partial class CBlasLibrary : MatrixLibrary
{
    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _multiply;

    private readonly OpenBlasBuffers? _buffers;

    private CBlasLibrary(nint multiply, OpenBlasBuffers? buffers, string name, string source)
    {
        _buffers = buffers;
        _multiply = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)multiply;
        Name = name;
        Source = source;
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override string Source { get; }

    /// <inheritdoc />
    public override void Reserve(int threads) => _buffers?.Reserve(threads, Name);

    /// <inheritdoc />
    public override void Release(int threads) => _buffers?.Release(threads);

    /// <inheritdoc />
    public override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC)
    {
        if (m != 0 && n != 0)
        {
            _multiply(RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, m, n, k,
                alpha, a, strideA, b, strideB, beta, c, strideC);
        }
    }

    /// <summary>To be called before a library is opened: what OpenBLAS reads from the environment while it loads.</summary>
    /// <remarks>
    /// A release that is older than the processor does not know it and falls back to kernels of 2006, eight times slower than the
    /// ones that the processor can run; those are named here by instruction set. It also starts a thread per core, which are not
    /// needed. What the user has set stays.
    /// </remarks>
    internal static void PrepareEnvironment()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int KeepExisting = 0;
        _ = SetEnvironment("OPENBLAS_NUM_THREADS", "1", KeepExisting);
        if (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported)
        {
            _ = SetEnvironment("OPENBLAS_CORETYPE", "SkylakeX", KeepExisting);
        }
        else if (Avx2.IsSupported && Fma.IsSupported)
        {
            _ = SetEnvironment("OPENBLAS_CORETYPE", "Haswell", KeepExisting);
        }
    }

    internal static CBlasLibrary? TryCreate(nint handle, string file)
    {
        if (!NativeLibrary.TryGetExport(handle, "cblas_sgemm", out nint multiply))
        {
            return null;
        }

        // For the whole process: every product that Avion asks for is one thread's work.
        foreach (string name in (string[])["openblas_set_num_threads", "bli_thread_set_num_threads", "MKL_Set_Num_Threads"])
        {
            if (NativeLibrary.TryGetExport(handle, name, out nint setThreadCount))
            {
                ((delegate* unmanaged<int, void>)setThreadCount)(1);
                break;
            }
        }

        return new CBlasLibrary(multiply, OpenBlasBuffers.Of(handle), Describe(handle), file);
    }

    // The managed Environment class changes its own copy, which native libraries do not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static string Describe(nint handle)
    {
        if (!NativeLibrary.TryGetExport(handle, "openblas_get_config", out nint config))
        {
            return "CBLAS";
        }

        string core = NativeLibrary.TryGetExport(handle, "openblas_get_corename", out nint coreName)
            ? $" ({Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)coreName)())} kernels)"
            : "";

        // Such as "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Sapphirerapids MAX_THREADS=64".
        string text = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)config)()) ?? "";
        string[] words = text.Split(' ');
        return words.Length > 1 ? $"{words[0]} {words[1]}{core}" : $"OpenBLAS{core}";
    }
}
