using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>Lets the MKL inside libtorch choose kernels by instruction set alone.</summary>
/// <remarks>
/// MKL asks a function of its own who made the processor, and takes kernels at half the rate where the answer is not Intel. It is made to
/// answer 1 before MKL asks first: so the peer runs as its users see it on Intel's processors.
/// </remarks>
internal static unsafe partial class FastPath
{
    private const int ReadWriteExecute = 7, ReadExecute = 5;
    private const long PageBytes = 4096;

    /// <summary>Changes the function in this process.</summary>
    /// <returns>Whether there is such a function, and its memory could be written.</returns>
    public static bool TryOpen()
    {
        // mov eax, 1; ret
        ReadOnlySpan<byte> answer = [0xB8, 1, 0, 0, 0, 0xC3];
        nint library = NativeLibrary.Load("libtorch_cpu.so");
        if (!NativeLibrary.TryGetExport(library, "mkl_serv_intel_cpu_true", out nint function))
        {
            return false;
        }

        nint page = (nint)(function & -PageBytes);
        nuint bytes = (nuint)(function + answer.Length - page);
        if (Protect(page, bytes, ReadWriteExecute) != 0)
        {
            return false;
        }

        answer.CopyTo(new Span<byte>((void*)function, answer.Length));
        return Protect(page, bytes, ReadExecute) == 0;
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);
}
