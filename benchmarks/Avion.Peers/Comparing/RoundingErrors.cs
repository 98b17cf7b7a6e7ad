namespace Avion.Peers;

/// <summary>What rounding to bfloat16 alone does to the results of a step: the measure of those who compute in bfloat16.</summary>
/// <remarks>
/// <para>
/// A relative error says little of a step in bfloat16. At first weights the features of all clips of a batch are nearly equal, and the loss's
/// gradient is made of their differences: features that are right to 0.5 % then have a gradient that is off by 20 % and more, the same way
/// in all parameters behind it, and nobody computed anything wrong. Two such results lie apart by more still. So each side is held against
/// float32, result by result, and its distance is divided by the one that rounding alone gives at this place, with these weights and clips.
/// </para>
/// <para>
/// That one is measured: the step in float32, rounded to 8 bits wherever bfloat16 stores a number (<see cref="TorchTypes"/>), eight times
/// with other roundings; the quadratic mean of the distances. Attention's own weights are not among the roundings, so the measure is rather too strict.
/// </para>
/// </remarks>
internal sealed class RoundingErrors
{
    public const int Draws = 8;

    // A result that is itself kept in bfloat16 may be off by this much: half a unit in the last of 8 bits.
    private const double UnitRoundoff = 1.0 / 256;

    private readonly Dictionary<string, double> _errors = [];

    public RoundingErrors(IReadOnlyList<ResultErrors> draws)
    {
        foreach (string name in draws[0].Names)
        {
            double mean = Math.Sqrt(draws.Average(draw => Math.Pow(draw[name].Error, 2)));
            _errors.Add(name, Math.Max(mean, UnitRoundoff * draws[0][name].Norm));
        }
    }

    /// <summary>Factors of <see cref="TorchTypes.Rounded"/>, the first of which is bfloat16 as it is.</summary>
    public static IEnumerable<double> Scales => Enumerable.Range(0, Draws).Select(draw => Math.Pow(2, draw / (double)Draws));

    /// <summary>The error of a result.</summary>
    public double Of(string name) => _errors[name];
}
