using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>
/// The tables of a track (stsz, stsc, stco, stts, ctts, stss), each expanded to one entry per sample. A table that declares more than it
/// holds is rejected by <see cref="InvalidDataException"/> before anything of its declared size is allocated. ISO/IEC 14496-12, 8.6 and
/// 8.7.
/// </summary>
internal static class Mp4SampleTable
{
    /// <summary>Number of samples that the table of sizes declares; 0 where there is none.</summary>
    public static uint Count(ReadOnlySpan<byte> table) =>
        (Mp4Box.TryFind(table, "stsz"u8, out ReadOnlySpan<byte> box) || Mp4Box.TryFind(table, "stz2"u8, out box)) && box.Length >= 12
            ? BinaryPrimitives.ReadUInt32BigEndian(box[8..])
            : 0;

    /// <summary>Sizes of the samples in bytes (stsz or stz2).</summary>
    public static int[] Sizes(ReadOnlySpan<byte> table, long fileLength)
    {
        if (Mp4Box.TryFind(table, "stsz"u8, out ReadOnlySpan<byte> box))
        {
            Require(box.Length >= 12, "stsz", "is cut short");
            uint uniform = BinaryPrimitives.ReadUInt32BigEndian(box[4..]);
            uint count = BinaryPrimitives.ReadUInt32BigEndian(box[8..]);
            if (uniform != 0)
            {
                Require(count <= fileLength / uniform, "stsz", $"declares {count} samples of {uniform} bytes in a file of {fileLength}");
                int[] equal = new int[(int)count];
                Array.Fill(equal, checked((int)uniform));
                return equal;
            }

            Require(count <= (uint)(box.Length - 12) / 4, "stsz", $"declares {count} samples and holds {(box.Length - 12) / 4}");
            int[] sizes = new int[(int)count];
            for (int i = 0; i < sizes.Length; i++)
            {
                uint size = BinaryPrimitives.ReadUInt32BigEndian(box[(12 + (4 * i))..]);
                Require(size <= int.MaxValue - 64, "stsz", $"declares a sample of {size} bytes");
                sizes[i] = (int)size;
            }

            return sizes;
        }

        Require(Mp4Box.TryFind(table, "stz2"u8, out box) && box.Length >= 12, "stsz", "is missing");
        return CompactSizes(box);
    }

    /// <summary>First byte of each sample (stsc with stco or co64).</summary>
    public static long[] Offsets(ReadOnlySpan<byte> table, int[] sizes)
    {
        bool wide = false;
        if (!Mp4Box.TryFind(table, "stco"u8, out ReadOnlySpan<byte> chunks))
        {
            wide = Mp4Box.TryFind(table, "co64"u8, out chunks);
            Require(wide, "stco", "is missing");
        }

        Require(Mp4Box.TryFind(table, "stsc"u8, out ReadOnlySpan<byte> runs) && runs.Length >= 8, "stsc", "is missing");
        Require(chunks.Length >= 8, "stco", "is cut short");
        uint chunkCount = BinaryPrimitives.ReadUInt32BigEndian(chunks[4..]);
        int entryBytes = wide ? 8 : 4;
        Require(chunkCount <= (uint)(chunks.Length - 8) / entryBytes, "stco",
            $"declares {chunkCount} chunks and holds {(chunks.Length - 8) / entryBytes}");
        uint runCount = BinaryPrimitives.ReadUInt32BigEndian(runs[4..]);
        Require(runCount <= (uint)(runs.Length - 8) / 12, "stsc", $"declares {runCount} entries and holds {(runs.Length - 8) / 12}");
        Require(runCount > 0 || sizes.Length == 0, "stsc", "is empty");

        long[] offsets = new long[sizes.Length];
        int sample = 0;
        uint run = 0;
        for (uint chunk = 0; chunk < chunkCount && sample < sizes.Length; chunk++)
        {
            // An entry of stsc holds until the first chunk (counted from 1) of the next.
            while (run + 1 < runCount && chunk + 1 >= BinaryPrimitives.ReadUInt32BigEndian(runs[(8 + (12 * (int)(run + 1)))..]))
            {
                run++;
            }

            ReadOnlySpan<byte> entry = runs[(8 + (12 * (int)run))..];
            uint samplesOfChunk = BinaryPrimitives.ReadUInt32BigEndian(entry[4..]);
            if (BinaryPrimitives.ReadUInt32BigEndian(entry[8..]) > 1)
            {
                throw new NotSupportedException("samples with several descriptions");
            }

            ReadOnlySpan<byte> at = chunks[(8 + (entryBytes * (int)chunk))..];
            long offset = wide ? BinaryPrimitives.ReadInt64BigEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
            for (uint i = 0; i < samplesOfChunk && sample < sizes.Length; i++)
            {
                Require(offset >= 0 && offset <= long.MaxValue - int.MaxValue, "stco", $"declares a sample at byte {offset}");
                offsets[sample] = offset;
                offset += sizes[sample++];
            }
        }

        Require(sample == sizes.Length, "stsc", $"places {sample} of {sizes.Length} samples");
        return offsets;
    }

    /// <summary>Presentation times of the samples in ticks (stts plus ctts), and the duration of each sample.</summary>
    public static (long[] Timestamps, int[] Durations) Times(ReadOnlySpan<byte> table, int sampleCount)
    {
        Require(Mp4Box.TryFind(table, "stts"u8, out ReadOnlySpan<byte> box) && box.Length >= 8, "stts", "is missing");
        uint count = BinaryPrimitives.ReadUInt32BigEndian(box[4..]);
        Require(count <= (uint)(box.Length - 8) / 8, "stts", $"declares {count} entries and holds {(box.Length - 8) / 8}");
        long[] timestamps = new long[sampleCount];
        int[] durations = new int[sampleCount];
        long time = 0;
        int sample = 0;
        int duration = 0;
        for (int i = 0; i < (int)count && sample < sampleCount; i++)
        {
            uint repeats = BinaryPrimitives.ReadUInt32BigEndian(box[(8 + (8 * i))..]);
            duration = BinaryPrimitives.ReadInt32BigEndian(box[(12 + (8 * i))..]);
            for (uint r = 0; r < repeats && sample < sampleCount; r++, sample++)
            {
                timestamps[sample] = time;
                durations[sample] = duration;
                time += duration;
            }
        }

        for (; sample < sampleCount; sample++, time += duration)
        {
            timestamps[sample] = time;
            durations[sample] = duration;
        }

        AddCompositionOffsets(table, timestamps);
        return (timestamps, durations);
    }

    /// <summary>Samples at which decoding may begin (stss), rising and starting with 0; all samples where there is no such table.</summary>
    public static int[] Keyframes(ReadOnlySpan<byte> table, int sampleCount)
    {
        if (!Mp4Box.TryFind(table, "stss"u8, out ReadOnlySpan<byte> box))
        {
            int[] all = new int[sampleCount];
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = i;
            }

            return all;
        }

        Require(box.Length >= 8, "stss", "is cut short");
        uint count = BinaryPrimitives.ReadUInt32BigEndian(box[4..]);
        Require(count <= (uint)(box.Length - 8) / 4, "stss", $"declares {count} entries and holds {(box.Length - 8) / 4}");
        int[] keyframes = new int[(int)count + 1];
        int used = sampleCount > 0 ? 1 : 0;
        for (int i = 0; i < (int)count; i++)
        {
            uint sample = BinaryPrimitives.ReadUInt32BigEndian(box[(8 + (4 * i))..]) - 1;
            if (sample < (uint)sampleCount && sample > (uint)keyframes[Math.Max(0, used - 1)])
            {
                keyframes[used++] = (int)sample;
            }
        }

        return keyframes[..used];
    }

    private static void AddCompositionOffsets(ReadOnlySpan<byte> table, long[] timestamps)
    {
        if (!Mp4Box.TryFind(table, "ctts"u8, out ReadOnlySpan<byte> box) || box.Length < 8)
        {
            return;
        }

        uint count = BinaryPrimitives.ReadUInt32BigEndian(box[4..]);
        Require(count <= (uint)(box.Length - 8) / 8, "ctts", $"declares {count} entries and holds {(box.Length - 8) / 8}");
        int sample = 0;
        for (int i = 0; i < (int)count && sample < timestamps.Length; i++)
        {
            uint repeats = BinaryPrimitives.ReadUInt32BigEndian(box[(8 + (8 * i))..]);
            int offset = BinaryPrimitives.ReadInt32BigEndian(box[(12 + (8 * i))..]);
            for (uint r = 0; r < repeats && sample < timestamps.Length; r++)
            {
                timestamps[sample++] += offset;
            }
        }
    }

    private static int[] CompactSizes(ReadOnlySpan<byte> box)
    {
        int bits = box[7];
        uint count = BinaryPrimitives.ReadUInt32BigEndian(box[8..]);
        Require(bits is 4 or 8 or 16, "stz2", $"declares fields of {bits} bits");
        Require(count <= (long)(box.Length - 12) * 8 / bits, "stz2", $"declares {count} samples and holds {(box.Length - 12) * 8L / bits}");
        int[] sizes = new int[(int)count];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = bits switch
            {
                16 => BinaryPrimitives.ReadUInt16BigEndian(box[(12 + (2 * i))..]),
                8 => box[12 + i],
                _ => (box[12 + (i / 2)] >> ((i & 1) == 0 ? 4 : 0)) & 15,
            };
        }

        return sizes;
    }

    private static void Require(bool condition, string table, string fault)
    {
        if (!condition)
        {
            throw new InvalidDataException($"its table {table} {fault}");
        }
    }
}
