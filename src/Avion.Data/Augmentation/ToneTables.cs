namespace Avion.Data;

/// <summary>Operations that map each value of a channel to another, by a table of 256 bytes for each plane.</summary>
internal static class ToneTables
{
    private const int Values = 256;

    /// <summary>Maps every plane of a clip.</summary>
    public static void Apply(ClipOperation operation, double amount, ClipPixels clip)
    {
        Span<byte> table = stackalloc byte[Values];
        Fill(table, operation, amount);
        for (int frame = 0; frame < clip.FrameCount; frame++)
        {
            if (operation == ClipOperation.Contrast)
            {
                FillContrast(table, amount, MeanGray(clip, frame));
            }

            for (int channel = 0; channel < 3; channel++)
            {
                Span<byte> plane = clip.Plane(frame, channel);
                if (operation is ClipOperation.AutoContrast or ClipOperation.Equalize)
                {
                    FillFromHistogram(table, operation, plane);
                }

                foreach (ref byte pixel in plane)
                {
                    pixel = table[pixel];
                }
            }
        }
    }

    private static byte Round(double value) => (byte)Math.Clamp(Math.Floor(value + 0.5), 0, 255);

    /// <summary>Tables that no pixel decides.</summary>
    private static void Fill(Span<byte> table, ClipOperation operation, double amount)
    {
        int kept = operation == ClipOperation.Posterize ? (0xFF00 >> Math.Clamp((int)amount, 0, 8)) & 0xFF : 0;
        for (int x = 0; x < Values; x++)
        {
            table[x] = operation switch
            {
                ClipOperation.Brightness => Round(amount * x),
                ClipOperation.Invert => (byte)(255 - x),
                ClipOperation.Posterize => (byte)(x & kept),
                ClipOperation.Solarize => x >= 255 * amount ? (byte)(255 - x) : (byte)x,
                _ => (byte)x,
            };
        }
    }

    private static void FillContrast(Span<byte> table, double amount, double mean)
    {
        for (int x = 0; x < Values; x++)
        {
            table[x] = Round((amount * x) + ((1 - amount) * mean));
        }
    }

    private static double MeanGray(ClipPixels clip, int frame)
    {
        double gray = 0;
        for (int channel = 0; channel < 3; channel++)
        {
            long sum = 0;
            foreach (byte pixel in clip.Plane(frame, channel))
            {
                sum += pixel;
            }

            gray += ClipFilters.GrayWeight(channel) * sum;
        }

        return gray / (clip.Height * clip.Width);
    }

    private static void FillFromHistogram(Span<byte> table, ClipOperation operation, ReadOnlySpan<byte> plane)
    {
        // Neighbouring pixels are often equal: counting them apart lets the processor count on without waiting.
        Span<int> counts = stackalloc int[2 * Values];
        counts.Clear();
        for (int i = 0; i < plane.Length - 1; i += 2)
        {
            counts[plane[i]]++;
            counts[Values + plane[i + 1]]++;
        }

        if (plane.Length % 2 == 1)
        {
            counts[plane[^1]]++;
        }

        for (int x = 0; x < Values; x++)
        {
            counts[x] += counts[Values + x];
        }

        Span<int> histogram = counts[..Values];
        int minimum = histogram.IndexOfAnyExcept(0), maximum = histogram.LastIndexOfAnyExcept(0);
        int step = (plane.Length - histogram[maximum]) / 255, below = 0;
        for (int x = 0; x < Values; x++)
        {
            table[x] = operation switch
            {
                ClipOperation.AutoContrast when maximum > minimum => Round(255.0 * (x - minimum) / (maximum - minimum)),
                ClipOperation.Equalize when step > 0 => (byte)Math.Min(255, (below + (step / 2)) / step),
                _ => (byte)x,
            };
            below += histogram[x];
        }
    }
}
