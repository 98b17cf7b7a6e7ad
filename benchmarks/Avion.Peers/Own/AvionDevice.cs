namespace Avion.Peers;

/// <summary>The processor, as Avion's side opens it.</summary>
internal static class AvionDevice
{
    /// <summary>Opens it.</summary>
    /// <param name="isBFloat16">Whether activations are bfloat16.</param>
    /// <param name="threads">Compute threads.</param>
    /// <exception cref="RecipeException">It does not compute in bfloat16.</exception>
    public static CpuDevice Open(bool isBFloat16, int threads) =>
        (CpuDevice)DeviceChoice.Of(new DeviceList(), isBFloat16 ? "bf16" : "float32").Open(rank: 0, threads);
}
