namespace Avion.Compute;

/// <summary>Cuts a range into nearly equal parts.</summary>
internal static class Chunks
{
    /// <summary>The part <paramref name="chunk"/> of <paramref name="chunkCount"/> of the range 0 to <paramref name="count"/>.</summary>
    public static (int First, int End) Range(int chunk, int chunkCount, int count) =>
        ((int)((long)count * chunk / chunkCount), (int)((long)count * (chunk + 1) / chunkCount));
}
