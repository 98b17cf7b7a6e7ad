namespace Avion.Data;

/// <summary>Some of fourteen operations on colours and shape, drawn for each clip, of a strength that is drawn around one number.</summary>
/// <remarks>
/// n different operations of the fourteen in random order, all equally likely; each is left out with the probability 1 - p; its level is
/// normal with mean m and the given deviation, cut to 0 … 10. What level ℓ means is said at each <see cref="ClipOperation"/>. All frames of
/// a clip are changed by one draw. VideoMAE's fine-tuning in AVION takes n = 4, m = 7, p = 0.5.
/// Source: Cubuk et al. 2020, "RandAugment" (arXiv:1909.13719); operations and ranges as PyTorchVideo has them for clips.
/// </remarks>
public sealed class RandAugment : IClipAugmentation
{
    /// <summary>The largest level.</summary>
    public const double LargestLevel = 10;

    private readonly int _count;
    private readonly double _level, _deviation, _probability;

    /// <summary>Sets how much is done.</summary>
    /// <param name="count">n, operations that are drawn.</param>
    /// <param name="level">m, mean of the levels.</param>
    /// <param name="deviation">Standard deviation of the levels.</param>
    /// <param name="probability">p, the chance of each drawn operation to be done.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside of its range.</exception>
    public RandAugment(int count = 4, double level = 7, double deviation = 0.5, double probability = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ClipOperations.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, LargestLevel);
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1);
        (_count, _level, _deviation, _probability) = (count, level, deviation, probability);
    }

    /// <inheritdoc/>
    public void Apply(in SampleKey key, ClipPixels clip)
    {
        Span<DrawnOperation> drawn = stackalloc DrawnOperation[ClipOperations.Count];
        int count = Draw(key, drawn);
        for (int i = 0; i < count; i++)
        {
            ClipOperations.Apply(drawn[i].Operation, drawn[i].Amount, clip);
        }
    }

    /// <summary>The operations of a sample, in the order in which they are done; returns how many.</summary>
    internal int Draw(in SampleKey key, Span<DrawnOperation> drawn)
    {
        CounterRandom random = key.Open("rand augment");
        Span<ClipOperation> left = stackalloc ClipOperation[ClipOperations.Count];
        for (int i = 0; i < left.Length; i++)
        {
            left[i] = (ClipOperation)i;
        }

        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            int chosen = i + random.Next(left.Length - i);
            (left[i], left[chosen]) = (left[chosen], left[i]);
            double level = Math.Clamp(_level + (_deviation * random.NextGaussian()), 0, LargestLevel);
            double amount = ClipOperations.AmountOf(left[i], level, isNegative: random.NextDouble() < 0.5);
            if (random.NextDouble() < _probability)
            {
                drawn[count++] = new DrawnOperation(left[i], amount);
            }
        }

        return count;
    }
}

/// <summary>An operation and how much of it.</summary>
internal readonly record struct DrawnOperation(ClipOperation Operation, double Amount);
