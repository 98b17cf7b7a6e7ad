namespace Avion.Dashboard;

/// <summary>Makes long curves short for drawing, without losing what a reader looks for.</summary>
/// <remarks>Neighbouring points form groups; of each the smallest and the largest value stay, in their order, and a gap where one is not
/// finite. So every peak is drawn, whatever the number of points. The first and the last point stay too.</remarks>
public static class PointReduction
{
    private const int PointsPerGroup = 3;

    /// <summary>At most about <paramref name="maximum"/> of the points; all where there are no more.</summary>
    /// <param name="x">In ascending order.</param>
    /// <param name="y">As many.</param>
    /// <param name="maximum">How many points may be drawn, at least 6.</param>
    /// <returns>Pairs; y is null where it is not finite.</returns>
    public static IReadOnlyList<double?[]> Reduce(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int maximum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, 2 * PointsPerGroup);
        List<double?[]> points = new(Math.Min(x.Length, maximum + 2));
        int groups = x.Length <= maximum ? x.Length : maximum / PointsPerGroup;
        Span<int> kept = stackalloc int[PointsPerGroup + 2];
        for (int group = 0; group < groups; group++)
        {
            int first = (int)((long)group * x.Length / groups), end = (int)((long)(group + 1) * x.Length / groups);
            int count = KeepOf(y, first, end, kept);
            if (group == 0 && kept[0] != first)
            {
                Add(points, x, y, first);
            }

            foreach (int index in kept[..count])
            {
                Add(points, x, y, index);
            }

            if (group == groups - 1 && kept[count - 1] != end - 1)
            {
                Add(points, x, y, end - 1);
            }
        }

        return points;
    }

    private static int KeepOf(ReadOnlySpan<double> y, int first, int end, Span<int> kept)
    {
        int smallest = -1, largest = -1, gap = -1;
        for (int i = first; i < end; i++)
        {
            if (!double.IsFinite(y[i]))
            {
                gap = gap < 0 ? i : gap;
                continue;
            }

            smallest = smallest < 0 || y[i] < y[smallest] ? i : smallest;
            largest = largest < 0 || y[i] > y[largest] ? i : largest;
        }

        int count = 0;
        foreach (int index in (ReadOnlySpan<int>)[smallest, largest, gap])
        {
            if (index >= 0 && !kept[..count].Contains(index))
            {
                kept[count++] = index;
            }
        }

        kept[..count].Sort();
        return count;
    }

    private static void Add(List<double?[]> points, ReadOnlySpan<double> x, ReadOnlySpan<double> y, int index) =>
        points.Add([x[index], double.IsFinite(y[index]) ? y[index] : null]);
}
