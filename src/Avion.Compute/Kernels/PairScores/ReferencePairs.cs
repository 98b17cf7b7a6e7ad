namespace Avion.Compute;

/// <summary>The scores of pairs, and what gradients of scores mean for the rows, in double precision as one whole matrix.</summary>
internal static unsafe class ReferencePairs
{
    /// <summary>scores[i, j] = scale · x[i]·y[j].</summary>
    public static double[] Scores(double* x, double* y, int ownRows, int allRows, int columns, double scale)
    {
        double[] scores = new double[(long)ownRows * allRows];
        for (int i = 0; i < ownRows; i++)
        {
            for (int j = 0; j < allRows; j++)
            {
                double dot = 0;
                for (int d = 0; d < columns; d++)
                {
                    dot += x[((long)i * columns) + d] * y[((long)j * columns) + d];
                }

                scores[((long)i * allRows) + j] = scale * dot;
            }
        }

        return scores;
    }

    /// <summary>dx = factor · g y, or dx += that.</summary>
    public static void RowGradients(double[] g, double factor, double* y, int ownRows, int allRows, int columns,
        bool accumulate, double* dx)
    {
        for (int i = 0; i < ownRows; i++)
        {
            for (int d = 0; d < columns; d++)
            {
                double sum = accumulate ? dx[((long)i * columns) + d] : 0;
                for (int j = 0; j < allRows; j++)
                {
                    sum += factor * g[((long)i * allRows) + j] * y[((long)j * columns) + d];
                }

                dx[((long)i * columns) + d] = sum;
            }
        }
    }

    /// <summary>dy = factor · gᵀ x, or dy += that.</summary>
    public static void ColumnGradients(double[] g, double factor, double* x, int ownRows, int allRows, int columns,
        bool accumulate, double* dy)
    {
        for (int j = 0; j < allRows; j++)
        {
            for (int d = 0; d < columns; d++)
            {
                double sum = accumulate ? dy[((long)j * columns) + d] : 0;
                for (int i = 0; i < ownRows; i++)
                {
                    sum += factor * g[((long)i * allRows) + j] * x[((long)i * columns) + d];
                }

                dy[((long)j * columns) + d] = sum;
            }
        }
    }
}
