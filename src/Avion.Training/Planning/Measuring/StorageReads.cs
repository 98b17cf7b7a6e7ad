namespace Avion.Training;

/// <summary>What this process had read for it from disks and file servers, as the system counts it:
/// what its memory answered is not in it.</summary>
internal static class StorageReads
{
    private const string Counters = "/proc/self/io", Field = "read_bytes:";

    /// <summary>Bytes since the process began; null where the system does not tell.</summary>
    public static long? Bytes()
    {
        try
        {
            string? line = File.Exists(Counters)
                ? File.ReadLines(Counters).FirstOrDefault(text => text.StartsWith(Field, StringComparison.Ordinal))
                : null;
            return line is not null && long.TryParse(line.AsSpan(Field.Length), NumberStyles.Integer, CultureInfo.InvariantCulture,
                out long bytes)
                ? bytes
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
