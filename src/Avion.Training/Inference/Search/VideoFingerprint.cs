using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Avion.Training;

/// <summary>By what a video is known again: at a glance by where it lies, how long its files are and when they were changed; and for sure
/// by its bytes.</summary>
internal static class VideoFingerprint
{
    private const int PartBytes = 1 << 20, StampCharacters = 32;

    /// <summary>Path, place, length and last change of all files of a video, as a digest; null where one is not there.
    /// No file is read.</summary>
    public static string? StampOf(StoredVideo video)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int chunk = 0; chunk < video.ChunkCount; chunk++)
        {
            VideoSource source = video.SourceOf(chunk);
            FileInfo file = new(source.Path);
            if (!file.Exists)
            {
                return null;
            }

            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFullPath(source.Path) + '\0'));
            foreach (long number in (ReadOnlySpan<long>)[video.StartOf(chunk), source.Offset, source.Length, file.Length,
                file.LastWriteTimeUtc.Ticks])
            {
                Append(hash, number);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..StampCharacters];
    }

    /// <summary>Bytes of all files of a video.</summary>
    public static long BytesOf(StoredVideo video)
    {
        long sum = 0;
        for (int chunk = 0; chunk < video.ChunkCount; chunk++)
        {
            sum += LengthOf(video.SourceOf(chunk));
        }

        return sum;
    }

    /// <summary>SHA-256 of all bytes of a video and of where its chunks begin; wherever it lies, and whatever it is called.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string ContentOf(StoredVideo video, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] part = GC.AllocateUninitializedArray<byte>(PartBytes);
        for (int chunk = 0; chunk < video.ChunkCount; chunk++)
        {
            VideoSource source = video.SourceOf(chunk);
            long left = LengthOf(source);
            Append(hash, video.StartOf(chunk));
            Append(hash, left);
            using FileStream stream = RegularFile.OpenStream(source.Path, 0);
            stream.Position = source.Offset;
            while (left > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = stream.Read(part, 0, (int)Math.Min(left, part.Length));
                if (count == 0)
                {
                    throw new EndOfStreamException($"'{source}' ends while it is read.");
                }

                hash.AppendData(part, 0, count);
                left -= count;
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long LengthOf(in VideoSource source) =>
        source.Length >= 0 ? source.Length : new FileInfo(source.Path).Length - source.Offset;

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
