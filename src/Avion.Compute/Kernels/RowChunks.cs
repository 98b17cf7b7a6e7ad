namespace Avion.Compute;

/// <summary>How kernels whose sums run over rows cut the rows: by their number alone.</summary>
internal static class RowChunks
{
    // At most this many partial sums, enough to keep any processor busy.
    private const int MaximumCount = 32;
    private const int MinimumRows = 16;

    /// <summary>Number of chunks for N rows, at least one.</summary>
    public static int Count(int rowCount) => int.Clamp((rowCount + MinimumRows - 1) / MinimumRows, 1, MaximumCount);
}
