using System.Runtime.Intrinsics;

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
