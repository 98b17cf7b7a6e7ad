namespace Avion.Models;

/// <summary>Makes the weights of a video encoder those of a picture encoder.</summary>
/// <remarks>
/// A patch's token is projection + position[s] + time[t]. A program that reads single pictures knows no time: the mean over t is added
/// to the positions of the patches (not to the class token's), and the time embedding is left out.
/// </remarks>
internal static class SingleFrame
{
    /// <summary>The name of the time embedding, [T, D].</summary>
    public const string Time = "visual.temporal_embedding";

    private const string Positions = "visual.positional_embedding";

    /// <summary>Changes the set; one without a time embedding stays as it is.</summary>
    /// <exception cref="ArgumentException">The tables do not fit each other.</exception>
    public static void Fold(WeightSet weights)
    {
        if (weights.Find(Time) is not { } time)
        {
            return;
        }

        WeightTensor positions = weights.Find(Positions) ?? throw new ArgumentException($"The weights have '{Time}' but no '{Positions}'.");
        if (time.Entry.Extents.Length != 2 || positions.Entry.Extents.Length != 2 || time.Entry.Extents[1] != positions.Entry.Extents[1])
        {
            throw new ArgumentException(
                $"'{Time}' has shape {time.Entry.ShapeText}, '{Positions}' {positions.Entry.ShapeText}; expected equal widths.");
        }

        double[] means = Means(time.Entry, time.ReadFloats());
        float[] table = positions.ReadFloats();
        for (int place = means.Length; place < table.Length; place++)
        {
            table[place] = (float)(table[place] + means[place % means.Length]);
        }

        byte[] bytes = new byte[positions.Entry.ByteCount];
        ElementConversion.FromFloat32(positions.Entry.Type, table, bytes);
        weights.Replace(positions, WeightTensor.Of(Positions, positions.Entry.Type, positions.Entry.Extents, bytes));
        weights.Replace(time, null);
    }

    /// <summary>What <see cref="Fold"/> leaves of a time embedding: time[t] - mean, in float32.</summary>
    public static WeightTensor WithoutMean(WeightTensor time)
    {
        float[] values = time.ReadFloats();
        double[] means = Means(time.Entry, values);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(values[i] - means[i % means.Length]);
        }

        byte[] bytes = new byte[values.Length * sizeof(float)];
        ElementConversion.FromFloat32(ElementType.Float32, values, bytes);
        return WeightTensor.Of(Time, ElementType.Float32, time.Entry.Extents, bytes);
    }

    /// <summary>The mean over time of each column: [D].</summary>
    private static double[] Means(TensorEntry time, float[] values)
    {
        int frames = (int)time.Extents[0], width = (int)time.Extents[1];
        double[] means = new double[width];
        for (int d = 0; d < width; d++)
        {
            double sum = 0;
            for (int t = 0; t < frames; t++)
            {
                sum += values[(t * width) + d];
            }

            means[d] = sum / frames;
        }

        return means;
    }
}
