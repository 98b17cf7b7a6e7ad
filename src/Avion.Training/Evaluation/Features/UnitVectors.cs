using System.Numerics;

namespace Avion.Training;

/// <summary>Arithmetic of rows of length one.</summary>
internal static class UnitVectors
{
    private const int RowsPerBlock = 4;

    /// <summary>Cosines of all rows of one matrix with all rows of another, [A, B].</summary>
    /// <remarks>Each is summed in one order, whatever the number of threads.</remarks>
    /// <exception cref="RunException">There are more pairs than one array holds.</exception>
    public static float[] Cosines(float[] a, int rowsOfA, float[] b, int rowsOfB, int size)
    {
        if ((long)rowsOfA * rowsOfB > Array.MaxLength)
        {
            throw new RunException($"{rowsOfA} clips with {rowsOfB} captions are {(long)rowsOfA * rowsOfB} pairs, expected at most "
                + $"{Array.MaxLength}. Evaluate on a part of them: give fewer annotations with --set data.validation.annotations=…");
        }

        float[] cosines = new float[rowsOfA * rowsOfB];
        Parallel.For(0, (rowsOfA + RowsPerBlock - 1) / RowsPerBlock, block =>
        {
            int first = block * RowsPerBlock, end = Math.Min(rowsOfA, first + RowsPerBlock);
            for (int j = 0; j < rowsOfB; j++)
            {
                ReadOnlySpan<float> column = b.AsSpan(j * size, size);
                for (int i = first; i < end; i++)
                {
                    cosines[(i * rowsOfB) + j] = Dot(a.AsSpan(i * size, size), column);
                }
            }
        });
        return cosines;
    }

    /// <summary>Replaces each row by the mean of itself and another's, scaled to length one.</summary>
    public static void AverageWith(ReadOnlySpan<float> others, Span<float> rows, int size)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (rows[i] + others[i]) / 2;
        }

        Normalize(rows, size);
    }

    /// <summary>Scales rows to length one; a row of zeros stays one.</summary>
    public static void Normalize(Span<float> rows, int size)
    {
        for (int first = 0; first < rows.Length; first += size)
        {
            Span<float> row = rows.Slice(first, size);
            double squares = 0;
            foreach (float value in row)
            {
                squares += (double)value * value;
            }

            double length = Math.Max(Math.Sqrt(squares), 1e-12);
            for (int i = 0; i < size; i++)
            {
                row[i] = (float)(row[i] / length);
            }
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        float total = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }
}
