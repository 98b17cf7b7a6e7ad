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
            int first = block * RowsPerBlock, count = Math.Min(RowsPerBlock, rowsOfA - first);
            Span<float> products = stackalloc float[RowsPerBlock];
            for (int j = 0; j < rowsOfB; j++)
            {
                Dots(a.AsSpan(first * size, count * size), b.AsSpan(j * size, size), products);
                for (int i = 0; i < count; i++)
                {
                    cosines[((first + i) * rowsOfB) + j] = products[i];
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

    /// <summary>Products of up to four rows with one: the sums of several rows do not wait for each other, and each is that of
    /// <see cref="Dot"/>.</summary>
    private static void Dots(ReadOnlySpan<float> rows, ReadOnlySpan<float> b, Span<float> products)
    {
        if (rows.Length < RowsPerBlock * b.Length)
        {
            for (int i = 0; i * b.Length < rows.Length; i++)
            {
                products[i] = Dot(rows.Slice(i * b.Length, b.Length), b);
            }

            return;
        }

        ReadOnlySpan<float> r0 = rows[..b.Length], r1 = rows.Slice(b.Length, b.Length), r2 = rows.Slice(2 * b.Length, b.Length),
            r3 = rows.Slice(3 * b.Length, b.Length);
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int at = 0;
        for (; at <= b.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<float> column = new(b[at..]);
            s0 += new Vector<float>(r0[at..]) * column;
            s1 += new Vector<float>(r1[at..]) * column;
            s2 += new Vector<float>(r2[at..]) * column;
            s3 += new Vector<float>(r3[at..]) * column;
        }

        (products[0], products[1], products[2], products[3]) = (Vector.Sum(s0), Vector.Sum(s1), Vector.Sum(s2), Vector.Sum(s3));
        for (; at < b.Length; at++)
        {
            products[0] += r0[at] * b[at];
            products[1] += r1[at] * b[at];
            products[2] += r2[at] * b[at];
            products[3] += r3[at] * b[at];
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
