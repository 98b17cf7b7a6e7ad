namespace Avion.Dashboard;

/// <summary>Projects vectors onto the two directions in which they spread most (principal component analysis).</summary>
/// <remarks>X [C, E] less its mean row; the directions are the two leading eigenvectors of Xᵀ X, found by orthogonal iteration in double
/// precision from fixed first directions. Each has the sign that makes its largest component positive, so
/// that a map does not flip.</remarks>
public static class PrincipalAxes
{
    private const int Axes = 2;
    private const int MostRounds = 300;
    private const double Converged = 1e-9;

    /// <summary>Projects rows.</summary>
    /// <param name="vectors">[C, E].</param>
    /// <param name="size">E.</param>
    /// <returns>Places [C, 2], and the share of the squared spread that each direction has.</returns>
    public static (double[] Places, double[] Shares) Project(ReadOnlySpan<float> vectors, int size)
    {
        int count = size == 0 ? 0 : vectors.Length / size;
        double[] places = new double[Axes * count], shares = new double[Axes];
        if (count < 2)
        {
            return (places, shares);
        }

        double[] rows = Centred(vectors, count, size);
        double total = rows.Sum(value => value * value);
        double[][] axes = [.. Enumerable.Range(0, Axes).Select(axis => FirstDirection(axis, size))];
        for (int round = 0; round < MostRounds; round++)
        {
            double moved = 0;
            for (int axis = 0; axis < Axes; axis++)
            {
                double[] next = Spread(rows, axes[axis], count, size);
                for (int earlier = 0; earlier < axis; earlier++)
                {
                    Subtract(next, axes[earlier]);
                }

                moved = Math.Max(moved, Normalize(next) ? 1 - Math.Abs(Dot(next, axes[axis])) : 0);
                axes[axis] = next;
            }

            if (moved < Converged)
            {
                break;
            }
        }

        for (int axis = 0; axis < Axes; axis++)
        {
            Orient(axes[axis]);
            double squares = 0;
            for (int row = 0; row < count; row++)
            {
                double place = Dot(rows.AsSpan(row * size, size), axes[axis]);
                places[(Axes * row) + axis] = place;
                squares += place * place;
            }

            shares[axis] = total > 0 ? squares / total : 0;
        }

        return (places, shares);
    }

    private static double[] Centred(ReadOnlySpan<float> vectors, int count, int size)
    {
        double[] rows = new double[count * size], mean = new double[size];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = float.IsFinite(vectors[i]) ? vectors[i] : 0;
            mean[i % size] += rows[i] / count;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] -= mean[i % size];
        }

        return rows;
    }

    /// <summary>A direction that hardly lies at a right angle to any other.</summary>
    private static double[] FirstDirection(int axis, int size)
    {
        double[] direction = [.. Enumerable.Range(0, size).Select(i => Math.Cos((i * (axis + 1) * 0.7) + axis) + 0.01)];
        Normalize(direction);
        return direction;
    }

    /// <summary>Xᵀ X v.</summary>
    private static double[] Spread(double[] rows, double[] direction, int count, int size)
    {
        double[] sum = new double[size];
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<double> values = rows.AsSpan(row * size, size);
            double along = Dot(values, direction);
            for (int i = 0; i < size; i++)
            {
                sum[i] += along * values[i];
            }
        }

        return sum;
    }

    private static void Subtract(double[] vector, double[] direction)
    {
        double along = Dot(vector, direction);
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] -= along * direction[i];
        }
    }

    private static bool Normalize(double[] vector)
    {
        double length = Math.Sqrt(Dot(vector, vector));
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = length > 0 ? vector[i] / length : 0;
        }

        return length > 0;
    }

    private static void Orient(double[] axis)
    {
        if (axis.Length > 0 && axis.MaxBy(Math.Abs) < 0)
        {
            for (int i = 0; i < axis.Length; i++)
            {
                axis[i] = -axis[i];
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
