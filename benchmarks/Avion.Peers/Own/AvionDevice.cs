namespace Avion.Peers;

/// <summary>The processor, as Avion's side opens it.</summary>
internal static class AvionDevice
{
    /// <summary>Opens it.</summary>
    /// <param name="isBFloat16">Whether activations are bfloat16.</param>
    /// <param name="threads">Compute threads.</param>
    public static CpuDevice Open(bool isBFloat16, int threads) =>
        new(threads, activationType: isBFloat16 ? ElementType.BFloat16 : ElementType.Float32);
}
