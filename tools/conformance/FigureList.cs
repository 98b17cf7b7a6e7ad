namespace Avion.ConformanceTool;

/// <summary>Collects the comparisons of one fixture file and states how each is made.</summary>
internal sealed class FigureList
{
    /// <summary>For outputs and losses computed in float32.</summary>
    public const double OutputTolerance = 1e-5;

    /// <summary>For gradients computed in float32.</summary>
    public const double GradientTolerance = 1e-4;

    /// <summary>For what is computed in double precision on both sides.</summary>
    public const double DoubleTolerance = 1e-12;

    /// <summary>Numbers below this are measured absolutely, in units of it: a loss near zero is a difference of larger numbers.</summary>
    public const double SmallestMagnitude = 1e-3;

    private readonly List<ConformanceFigure> _figures = [];

    public IReadOnlyList<ConformanceFigure> Figures => _figures;

    /// <summary>One number: |actual - expected| / max(|expected|, <see cref="SmallestMagnitude"/>).</summary>
    public void Number(string name, double actual, double expected, double tolerance = OutputTolerance) =>
        Difference(name, Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), SmallestMagnitude), tolerance);

    /// <summary>A difference that the caller has put in relation to what it should be compared with.</summary>
    public void Difference(string name, double error, double tolerance = OutputTolerance, double rounding = 0) =>
        _figures.Add(new ConformanceFigure(name, error, tolerance) { Rounding = rounding });

    /// <summary>
    /// The sum of a list: the difference over max(|expected sum|, √n · root mean square), which is what a sum of numbers of either sign
    /// comes to. A sum that cancels to almost nothing has no relative accuracy.
    /// </summary>
    public void Sum(string name, ReadOnlySpan<double> values, double expected)
    {
        double sum = 0, squares = 0;
        foreach (double value in values)
        {
            sum += value;
            squares += value * value;
        }

        Difference(name, Math.Abs(sum - expected) / Math.Max(Math.Max(Math.Abs(expected), Math.Sqrt(squares)), double.Epsilon));
    }

    /// <summary>A list of numbers: the largest difference over the largest expected magnitude.</summary>
    public void Numbers(string name, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance = OutputTolerance)
    {
        double[] widened = new double[actual.Length];
        for (int i = 0; i < widened.Length; i++)
        {
            widened[i] = actual[i];
        }

        Numbers(name, widened, expected, tolerance);
    }

    /// <summary>A list of numbers: the largest difference over the largest expected magnitude.</summary>
    public void Numbers(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, double tolerance = OutputTolerance)
    {
        if (actual.Length != expected.Length)
        {
            Fail(name, $"there are {actual.Length} numbers, the reference has {expected.Length}");
            return;
        }

        double difference = 0, magnitude = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            // Written so that a NaN on either side stays one and fails.
            double here = Math.Abs(actual[i] - expected[i]);
            difference = here <= difference ? difference : here;
            magnitude = Math.Max(magnitude, Math.Abs(expected[i]));
        }

        Difference(name, difference / (magnitude == 0 ? 1 : magnitude), tolerance);
    }

    /// <summary>A quotient of gradients: |actual - expected| over the magnitude of the quotients.</summary>
    public void Quotient(string name, double actual, double expected, double magnitude) => _figures.Add(
        new ConformanceFigure(name, Math.Abs(actual - expected) / Math.Max(Math.Abs(magnitude), SmallestMagnitude), GradientTolerance) { IsQuotient = true });

    /// <summary>Something that has to be the same.</summary>
    public void Same(string name, bool isSame, string? note = null) =>
        _figures.Add(new ConformanceFigure(name, isSame ? 0 : 1, 0, isSame ? null : note));

    /// <summary>Something that could not be compared.</summary>
    public void Fail(string name, string note) => _figures.Add(new ConformanceFigure(name, double.NaN, 0, note));

    /// <summary>Something that there is nothing to compare with, for a reason; it counts neither as passed nor as failed.</summary>
    public void Skip(string name, string reason) => _figures.Add(new ConformanceFigure(name, double.NaN, 0, reason) { IsSkipped = true });
}
