using System.Runtime.InteropServices;

namespace Avion.Cli;

/// <summary>An NVIDIA driver; its absence is a fact, not a fault.</summary>
internal static class Gpu
{
    public static Finding Examine() => NativeLibrary.TryLoad("libcuda.so.1", out _)
        ? new Finding("gpu", true, false, "NVIDIA driver present (libcuda.so.1)")
        : new Finding("gpu", false, false, "no NVIDIA driver (libcuda.so.1 cannot be opened): everything runs on the processor");
}
