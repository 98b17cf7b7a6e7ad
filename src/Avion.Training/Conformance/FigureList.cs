using System;
using System.Collections.Generic;

namespace Avion.Training.Conformance;

/// <summary>Collects the comparisons of one fixture file and states how each is made.</summary>
internal sealed class FigureList
{
    /// <summary>For outputs and losses computed in float32.</summary>
    public const double OutputTolerance = 1e-5;

    /// <summary>For gradients computed in float32.</summary>
    public const double GradientTolerance = 1e-4;

    /// <summary>For what is computed in double precision on both sides.</summary>
    public const double DoubleTolerance = 1e-12;

    private readonly List<ConformanceFigure> _figures = [];

    public IReadOnlyList<ConformanceFigure> Figures => _figures;

    /// <summary>One number: |actual - expected| / |expected|, absolute where the expected number is 0.</summary>
    public void Number(string name, double actual, double expected, double tolerance = OutputTolerance) =>
        Add(name, Math.Abs(actual - expected) / (expected == 0 ? 1 : Math.Abs(expected)), tolerance);

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

        Add(name, difference / (magnitude == 0 ? 1 : magnitude), tolerance);
    }

    /// <summary>Something that has to be the same.</summary>
    public void Same(string name, bool isSame, string? note = null) => _figures.Add(new ConformanceFigure(name, isSame ? 0 : 1, 0, isSame ? null : note));

    /// <summary>Something that could not be compared.</summary>
    public void Fail(string name, string note) => _figures.Add(new ConformanceFigure(name, double.NaN, 0, note));

    private void Add(string name, double error, double tolerance) => _figures.Add(new ConformanceFigure(name, error, tolerance));
}
