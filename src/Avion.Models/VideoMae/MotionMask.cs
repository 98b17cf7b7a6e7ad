using System.Runtime.Intrinsics;

namespace Avion.Models;

// Legend: T frames, H and W pixels, N tubelets of a clip, S tubelets of a time slot.

/// <summary>Chooses which hidden tubelets a decoder predicts by how much moves in them: less work, and no plain background.</summary>
/// <remarks>
/// motion[t] = ‖x[t] − x[t − 1]‖ over the pixels of a tubelet and of the one before it at the same place; the first slot takes the
/// second's.
/// Source: Hwang et al. 2024, "EVEREST" (arXiv:2211.10636), which measures between embeddings of tubelets; here it is their
/// pixels, so that a loader can choose before the model runs. Decoding few hidden tokens as in Wang et al. 2023 (arXiv:2303.16727).
/// </remarks>
public static class MotionMask
{
    /// <summary>The motion of every tubelet of a clip.</summary>
    /// <param name="clip">[T, 3, H, W] of uint8.</param>
    /// <param name="tubelets">How the clip is cut; of more than one time slot.</param>
    /// <param name="motion">Receives [N], in the order of tokens.</param>
    /// <exception cref="ArgumentException">The sizes do not go together, or there is a single time slot.</exception>
    public static void Measure(ReadOnlySpan<byte> clip, TubeletConfig tubelets, Span<float> motion)
    {
        int size = tubelets.ImageSize, patch = tubelets.PatchSize, grid = size / patch, cells = tubelets.CellCount, plane = size * size;
        int slotBytes = tubelets.TubeletFrames * 3 * plane;
        if (motion.Length != tubelets.TokenCount || clip.Length != tubelets.SlotCount * slotBytes || tubelets.SlotCount < 2)
        {
            throw new ArgumentException($"Motion of {motion.Length} tubelets of a clip of {clip.Length} bytes: "
                + $"expected {tubelets.TokenCount} and {tubelets.SlotCount * slotBytes}, and at least two time slots (there are "
                + $"{tubelets.SlotCount}).");
        }

        motion.Clear();
        for (int slot = 1; slot < tubelets.SlotCount; slot++)
        {
            Span<float> sums = motion.Slice(slot * cells, cells);
            ReadOnlySpan<byte> here = clip.Slice(slot * slotBytes, slotBytes), before = clip.Slice((slot - 1) * slotBytes, slotBytes);
            for (int row = 0; row < slotBytes / size; row++)
            {
                int firstCell = row % size / patch * grid;
                for (int cell = 0; cell < grid; cell++)
                {
                    int first = (row * size) + (cell * patch);
                    sums[firstCell + cell] += SquaredDistance(here.Slice(first, patch), before.Slice(first, patch));
                }
            }

            foreach (ref float sum in sums)
            {
                sum = MathF.Sqrt(sum);
            }
        }

        motion.Slice(cells, cells).CopyTo(motion);
    }

    /// <summary>Chooses the hidden tubelets with the most motion; of equal ones the earlier.</summary>
    /// <param name="motion">[N], of <see cref="Measure"/> or any other measure of importance.</param>
    /// <param name="share">Share of the hidden tubelets to choose, above 0 up to 1; rounded up to a whole number.</param>
    /// <param name="hidden">[N]: true where the encoder does not see the tubelet.</param>
    /// <param name="predicted">[N]: receives the choice.</param>
    /// <param name="scratch">[N], overwritten.</param>
    /// <exception cref="ArgumentException">The sizes or the share are wrong.</exception>
    public static void Choose(ReadOnlySpan<float> motion, double share, ReadOnlySpan<bool> hidden, Span<bool> predicted,
        Span<float> scratch)
    {
        if (share is not (> 0 and <= 1) || hidden.Length != motion.Length || predicted.Length != motion.Length
            || scratch.Length < motion.Length)
        {
            throw new ArgumentException($"A choice of a share of {share} of {motion.Length} tubelets does not fit masks of {hidden.Length} "
                + $"and {predicted.Length}; the share lies in (0, 1].");
        }

        int candidates = 0;
        for (int token = 0; token < motion.Length; token++)
        {
            if (hidden[token])
            {
                scratch[candidates++] = motion[token];
            }
        }

        predicted.Clear();
        int wanted = Math.Min(candidates, (int)Math.Ceiling(share * candidates));
        if (wanted == 0)
        {
            return;
        }

        Span<float> sorted = scratch[..candidates];
        sorted.Sort();
        float least = sorted[candidates - wanted];

        // So many of those that equal the least have a place.
        int places = wanted - (candidates - UpperBound(sorted, least));
        for (int token = 0; token < motion.Length; token++)
        {
            predicted[token] = hidden[token] && (motion[token] > least || (motion[token] == least && places-- > 0));
        }
    }

    private static int UpperBound(ReadOnlySpan<float> sorted, float value)
    {
        int index = sorted.Length;
        while (index > 0 && sorted[index - 1] > value)
        {
            index--;
        }

        return index;
    }

    private static uint SquaredDistance(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        Vector128<uint> sums = Vector128<uint>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            Vector128<byte> a = Vector128.Create(x[i..]), b = Vector128.Create(y[i..]);

            // The square of a difference of bytes, at most 255 · 255, fits 16 bits.
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Max(a, b) - Vector128.Min(a, b));
            sums += SumOfPairs(low * low) + SumOfPairs(high * high);
        }

        uint sum = Vector128.Sum(sums);
        for (; i < x.Length; i++)
        {
            int difference = x[i] - y[i];
            sum += (uint)(difference * difference);
        }

        return sum;
    }

    private static Vector128<uint> SumOfPairs(Vector128<ushort> values)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(values);
        return low + high;
    }
}
