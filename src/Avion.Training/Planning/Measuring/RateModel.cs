namespace Avion.Training;

/// <summary>What rate a training would have if reading or steps were faster, from the rates that were measured.</summary>
/// <remarks>
/// Where steps have a device of their own, the slower of reading and steps decides: min(R, S). Where they share the processor with reading,
/// the times of a clip add up, 1/B = 1/S + x/R, with the x that was measured: at most 1, less where reading finds processors idle; and
/// neither min(R, S) is exceeded.
/// </remarks>
/// <param name="Reading">R, clips/s of reading alone.</param>
/// <param name="Step">S, clips/s of steps alone.</param>
/// <param name="Together">B, clips/s of both together; NaN where it was not measured.</param>
/// <param name="SharesProcessor">Whether steps take the processors that reading takes.</param>
internal readonly record struct RateModel(double Reading, double Step, double Together, bool SharesProcessor)
{
    /// <summary>The rate with other rates of reading and of steps, divided by the rate now.</summary>
    public double Factor(double reading, double step) => Rate(reading, step) / Rate(Reading, Step);

    private double Rate(double reading, double step)
    {
        double slower = Math.Min(reading, step);
        if (!SharesProcessor)
        {
            return slower;
        }

        double share = double.IsNaN(Together) ? 1 : Math.Clamp(((1 / Together) - (1 / Step)) * Reading, 0, 1);
        return Math.Min(slower, 1 / ((1 / step) + (share / reading)));
    }
}

/// <summary>Something that would make a training faster.</summary>
/// <param name="Change">What to do.</param>
/// <param name="Factor">Estimate of the rate after it, divided by the rate now.</param>
/// <param name="Because">What was measured that the estimate follows from.</param>
public sealed record Improvement(string Change, double Factor, string Because)
{
    private const double NoticeableGain = 1.02;

    /// <summary>The factor that two measurements of the same differed by, which tells nothing.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>Whether it would help by more than can be told from nothing.</summary>
    public bool Helps => Factor >= NoticeableGain && Factor > Noise;
}
