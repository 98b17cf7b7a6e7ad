using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Avion.Data;

/// <summary>Keeps what was read of large annotation files, so that the next run has it in seconds. Never needed: what is missing, older
/// than its file or damaged is made anew.</summary>
/// <remarks>
/// One file for each annotation file and way of reading. It is believed where version, path, size, time of change and a digest of samples
/// of the annotation file are the same, and its own checksum is right. It appears whole or not at all. Copies that were not used for three
/// months are removed when another is written.
/// </remarks>
internal sealed class AnnotationCache(string folder, long minimumBytes = AnnotationCache.SmallestFile)
{
    /// <summary>Smaller files are read at once.</summary>
    public const long SmallestFile = 32L << 20;

    // Another layout, or another reading of the same file, needs another number.
    private const long Version = 0x31_4E_4E_41_4E_4F_49_56;

    private const int Samples = 64, SampleBytes = 1 << 14;
    private static readonly TimeSpan s_unused = TimeSpan.FromDays(90);

    /// <summary>The folder of this user: <c>AVION_CACHE</c>, or <c>avion</c> in the folder for such files; null where there is none or
    /// <c>AVION_CACHE</c> is <c>off</c>.</summary>
    public static AnnotationCache? OfUser() =>
        BitConverter.IsLittleEndian && UserCache.Folder is { } root ? new AnnotationCache(Path.Combine(root, "annotations")) : null;

    /// <summary>What a file holds: from the cache where it has it, otherwise read, and kept for the next time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="way">How it is read, where that changes the outcome.</param>
    /// <param name="read">Reads it.</param>
    public ClipTable Read(string path, string way, Func<ClipTable> read)
    {
        if (Key.Of(path, way) is not { } key || key.Bytes < minimumBytes)
        {
            return read();
        }

        string place = Path.Combine(folder,
            $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Path}\n{way}")).AsSpan(0, 16))}.clips");
        (ClipTable? known, string? damage) = Find(place, key, path);
        if (known is not null)
        {
            return known;
        }

        ClipTable table = read();
        List<string> notes = damage is null ? [] : [$"The cached copy of '{path}' could not be used ({damage}) and is made anew."];
        try
        {
            Keep(place, key, table);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            notes.Add($"What was read of '{path}' cannot be kept in '{folder}' for the next time: {error.Message}");
        }

        table.Notes = [.. table.Notes, .. notes];
        return table;
    }

    private static (ClipTable? Table, string? Damage) Find(string place, Key key, string path)
    {
        if (!RegularFile.Exists(place))
        {
            return default;
        }

        try
        {
            using FileStream stream = RegularFile.OpenStream(place, bufferBytes: 0);
            using BufferedStream buffered = new(stream, 1 << 20);
            CacheReader reader = new(buffered);
            if (reader.ReadInt64() != Version || !key.IsWrittenIn(reader))
            {
                return default;
            }

            ClipTable table = ClipTable.Read(path, reader);
            reader.CheckChecksum();
            reader.Expect(reader.Remaining == 0);
            Touch(place);
            return (table, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or DataException
            or OverflowException or OutOfMemoryException)
        {
            return (null, error.Message.TrimEnd('.'));
        }
    }

    private void Keep(string place, Key key, ClipTable table)
    {
        Directory.CreateDirectory(folder);
        RemoveUnused();
        string partial = $"{place}.{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream stream = new(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            {
                CacheWriter writer = new(stream);
                writer.Write(Version);
                key.Write(writer);
                table.Write(writer);
                writer.WriteChecksum();
            }

            // Not forced onto the disk: after a loss of power the checksum tells.
            File.Move(partial, place, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private void RemoveUnused()
    {
        DateTime oldest = DateTime.UtcNow - s_unused;
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => file.EndsWith(".clips", StringComparison.Ordinal)
            || file.EndsWith(".partial", StringComparison.Ordinal)))
        {
            if (File.GetLastWriteTimeUtc(file) < oldest)
            {
                File.Delete(file);
            }
        }
    }

    private static void Touch(string place)
    {
        try
        {
            File.SetLastWriteTimeUtc(place, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be written keeps its copies all the same.
        }
    }

    /// <summary>What tells a file from another and from itself at another time.</summary>
    private sealed record Key(string Path, string Way, long Bytes, long Changed, string Digest)
    {
        public static Key? Of(string path, string way)
        {
            try
            {
                using SafeFileHandle file = RegularFile.Open(path);
                long bytes = RandomAccess.GetLength(file);
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                byte[] sample = new byte[SampleBytes];
                for (int i = 0; i < Samples; i++)
                {
                    int read = RandomAccess.Read(file, sample, Math.Max(0, bytes - SampleBytes) / (Samples - 1) * i);
                    hash.AppendData(sample, 0, read);
                }

                int last = RandomAccess.Read(file, sample, Math.Max(0, bytes - SampleBytes));
                hash.AppendData(sample, 0, last);
                return new Key(System.IO.Path.GetFullPath(path), way, bytes, File.GetLastWriteTimeUtc(path).Ticks,
                    Convert.ToHexStringLower(hash.GetHashAndReset()));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The reader says it better.
                return null;
            }
        }

        public void Write(CacheWriter writer)
        {
            writer.Write(Path);
            writer.Write(Way);
            writer.Write(Bytes);
            writer.Write(Changed);
            writer.Write(Digest);
        }

        public bool IsWrittenIn(CacheReader reader) => reader.ReadText() == Path && reader.ReadText() == Way && reader.ReadInt64() == Bytes
            && reader.ReadInt64() == Changed && reader.ReadText() == Digest;
    }
}
