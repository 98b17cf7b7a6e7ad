using System.Diagnostics;

namespace Avion.Testing;

/// <summary>Damages good files at random, for a few seconds, from another beginning each time; a failure names the seed that repeats
/// it.</summary>
/// <remarks>
/// Each trial takes one of the files and changes bytes, cuts it, inflates a number in it (the lengths and counts of binary formats and the
/// digits of text ones), repeats a part, or takes one out. The environment variable AVION_MUTATION_SEED repeats one trial alone.
/// </remarks>
public static class Mutation
{
    private const long MaximumBytes = 1L << 30;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    /// <summary>Reads damaged files until time is up.</summary>
    /// <param name="time">How long.</param>
    /// <param name="files">Good files.</param>
    /// <param name="read">Reads one; it may throw what the reader says about bad files, and nothing else.</param>
    /// <param name="isRefusal">Tells a reader's own exception from a crash.</param>
    /// <returns>How many were read.</returns>
    public static int Try(TimeSpan time, IReadOnlyList<byte[]> files, Action<byte[]> read, Func<Exception, bool> isRefusal)
    {
        bool isRepeat = int.TryParse(Environment.GetEnvironmentVariable("AVION_MUTATION_SEED"), out int seed);
        if (!isRepeat)
        {
            seed = (int)(DateTime.UtcNow.Ticks & 0x3FFFFFFF);
        }

        Stopwatch watch = Stopwatch.StartNew();
        int trials = 0;
        do
        {
            Random random = new(seed);
            byte[] damaged = Damage(files[random.Next(files.Count)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan began = watch.Elapsed;
            try
            {
                read(damaged);
            }
            catch (Exception error) when (isRefusal(error))
            {
                // The reader said no, which is what a damaged file gets.
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"AVION_MUTATION_SEED={seed}: a damaged file gave {error.GetType().Name}: {error.Message}",
                    error);
            }

            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan took = watch.Elapsed - began;
            if (bytes > MaximumBytes || took > s_longest)
            {
                throw new InvalidOperationException(
                    $"AVION_MUTATION_SEED={seed}: a damaged file took {took.TotalSeconds:F1} s and {bytes >> 20} MiB to read.");
            }

            trials++;
            seed++;
        }
        while (!isRepeat && watch.Elapsed < time);
        return trials;
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count), length = random.Next(1, Math.Min(bytes.Count - at, 64) + 1);
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 3:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 4:
                    Inflate(bytes, at, random);
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 6:
                    bytes.RemoveRange(at, length);
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat(bytes.GetRange(at, length), random.Next(1, 40)).SelectMany(part => part));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Makes a number large: digits of a text, or the bytes of a length.</summary>
    private static void Inflate(List<byte> bytes, int at, Random random)
    {
        int digit = bytes.FindIndex(at, value => value is >= (byte)'0' and <= (byte)'9');
        if (digit >= 0 && random.Next(2) == 0)
        {
            bytes.InsertRange(digit, Enumerable.Repeat((byte)'9', random.Next(1, 30)));
            return;
        }

        byte[] largest = random.Next(4) switch
        {
            0 => BitConverter.GetBytes(int.MaxValue),
            1 => BitConverter.GetBytes(uint.MaxValue),
            2 => BitConverter.GetBytes(long.MaxValue),
            _ => BitConverter.GetBytes(1L << random.Next(16, 63)),
        };
        for (int i = 0; i < largest.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = largest[i];
        }
    }
}
