namespace Avion.Models;

/// <summary>Makes the weights of a video encoder those of a picture encoder.</summary>
/// <remarks>
/// A patch's token is projection + position[s] + time[t]. A program that reads single pictures knows no time: the mean over t is added
/// to the positions of the patches (not to the class token's), and the time embedding is left out.
/// </remarks>
internal static class SingleFrame
{
    private const string Time = "visual.temporal_embedding", Positions = "visual.positional_embedding";

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

        int frames = (int)time.Entry.Extents[0], width = (int)time.Entry.Extents[1];
        float[] rows = Values(time), table = Values(positions);
        for (int d = 0; d < width; d++)
        {
            double sum = 0;
            for (int t = 0; t < frames; t++)
            {
                sum += rows[(t * width) + d];
            }

            for (int place = width + d; place < table.Length; place += width)
            {
                table[place] = (float)(table[place] + (sum / frames));
            }
        }

        byte[] bytes = new byte[positions.Entry.ByteCount];
        ElementConversion.FromFloat32(positions.Entry.Type, table, bytes);
        weights.Replace(positions, WeightTensor.Of(Positions, positions.Entry.Type, positions.Entry.Extents, bytes));
        weights.Replace(time, null);
    }

    private static float[] Values(WeightTensor tensor)
    {
        float[] values = new float[tensor.Entry.ElementCount];
        ElementConversion.ToFloat32(tensor.Entry.Type, tensor.ReadAll(), values);
        return values;
    }
}
