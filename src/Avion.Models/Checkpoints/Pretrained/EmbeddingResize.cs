namespace Avion.Models;

/// <summary>Fits tables of positions in time and space to another number of frames or another frame size.</summary>
public static class EmbeddingResize
{
    /// <summary>The cubic kernel's parameter, as image libraries and PyTorch have it.</summary>
    private const double CubicSharpness = -0.75;

    /// <summary>Another number of frames: the first rows if there are fewer, linear interpolation
    /// of each column if there are more.</summary>
    /// <remarks>Row i reads at (i + ½) · old / new - ½, held within the table.</remarks>
    /// <param name="table">[frames, width].</param>
    /// <param name="frameCount">Rows of the table.</param>
    /// <param name="width">Columns of the table.</param>
    /// <param name="newFrameCount">Rows of the result.</param>
    public static float[] Time(ReadOnlySpan<float> table, int frameCount, int width, int newFrameCount)
    {
        if (newFrameCount <= frameCount)
        {
            return table[..(newFrameCount * width)].ToArray();
        }

        float[] result = new float[newFrameCount * width];
        for (int i = 0; i < newFrameCount; i++)
        {
            double place = Math.Clamp(((i + 0.5) * frameCount / newFrameCount) - 0.5, 0, frameCount - 1);
            int low = (int)place, high = Math.Min(low + 1, frameCount - 1);
            double share = place - low;
            for (int d = 0; d < width; d++)
            {
                result[(i * width) + d] = (float)(((1 - share) * table[(low * width) + d]) + (share * table[(high * width) + d]));
            }
        }

        return result;
    }

    /// <summary>Another frame size: the class token's row as it is, the grid of patches by bicubic interpolation.</summary>
    /// <remarks>
    /// Half-pixel centres, edges repeated, no smoothing when the grid shrinks. Source: Keys 1981, "Cubic convolution interpolation for
    /// digital image processing", with parameter -0.75 as PyTorch has it.
    /// </remarks>
    /// <param name="table">[1 + grid·grid, width].</param>
    /// <param name="grid">Patches of a row before.</param>
    /// <param name="width">Columns of the table.</param>
    /// <param name="newGrid">Patches of a row after.</param>
    public static float[] Space(ReadOnlySpan<float> table, int grid, int width, int newGrid)
    {
        float[] result = new float[(1 + (newGrid * newGrid)) * width];
        table[..width].CopyTo(result);
        Span<int> rows = stackalloc int[4], columns = stackalloc int[4];
        Span<double> rowWeights = stackalloc double[4], columnWeights = stackalloc double[4];
        for (int row = 0; row < newGrid; row++)
        {
            Taps(row, grid, newGrid, rows, rowWeights);
            for (int column = 0; column < newGrid; column++)
            {
                Taps(column, grid, newGrid, columns, columnWeights);
                int target = (1 + (row * newGrid) + column) * width;
                for (int d = 0; d < width; d++)
                {
                    double sum = 0;
                    for (int i = 0; i < 16; i++)
                    {
                        int source = (1 + (rows[i / 4] * grid) + columns[i % 4]) * width;
                        sum += rowWeights[i / 4] * columnWeights[i % 4] * table[source + d];
                    }

                    result[target + d] = (float)sum;
                }
            }
        }

        return result;
    }

    private static void Taps(int index, int count, int newCount, Span<int> places, Span<double> weights)
    {
        double place = ((index + 0.5) * count / newCount) - 0.5;
        int floor = (int)Math.Floor(place);
        double t = place - floor;
        for (int i = 0; i < 4; i++)
        {
            places[i] = Math.Clamp(floor - 1 + i, 0, count - 1);
            weights[i] = Cubic(Math.Abs(t - (i - 1)));
        }
    }

    private static double Cubic(double distance) => distance <= 1
        ? ((((CubicSharpness + 2) * distance) - (CubicSharpness + 3)) * distance * distance) + 1
        : distance < 2
            ? ((((CubicSharpness * distance) - (5 * CubicSharpness)) * distance) + (8 * CubicSharpness)) * distance - (4 * CubicSharpness)
            : 0;
}
