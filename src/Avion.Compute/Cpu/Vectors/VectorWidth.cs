using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>Which vector width the kernels run at: the widest that the processor has, or the one
/// that <c>AVION_VECTOR_BITS</c> names.</summary>
/// <remarks>
/// 512, 256, 128 and 1 (scalar) all compute correctly on every processor, in software where need be, so each can be tested
/// everywhere. Read once: the compiler then sees a constant and drops the other versions of a kernel.
/// </remarks>
internal static class VectorWidth
{
    /// <summary>Lanes are 512, 256, 128 bits wide, or 1 for scalar code.</summary>
    public static readonly int Bits = Choose(Environment.GetEnvironmentVariable("AVION_VECTOR_BITS"));

    /// <summary>The width in words, such as "512-bit vectors".</summary>
    public static string Name => Bits == 1 ? "scalar" : $"{Bits}-bit vectors";

    /// <summary>Processor, width and the instructions that decide how products are rounded, such as "X64, 512-bit vectors, FMA,
    /// AVX-512".</summary>
    public static string Instructions { get; } = string.Join(", ", (IEnumerable<string>)
    [
        RuntimeInformation.ProcessArchitecture.ToString(), Name, .. Fma.IsSupported ? ["FMA"] : (string[])[],
        .. Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? ["AVX-512"] : Avx2.IsSupported ? ["AVX2"] : (string[])[],
    ]);

    private static int Choose(string? forced) => forced switch
    {
        null or "" => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128 : 1,
        "512" => 512,
        "256" => 256,
        "128" => 128,
        "1" => 1,
        _ => throw new ArgumentException($"AVION_VECTOR_BITS is '{forced}'; expected 512, 256, 128 or 1."),
    };
}
