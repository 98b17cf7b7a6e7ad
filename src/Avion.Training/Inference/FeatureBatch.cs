namespace Avion.Training;

/// <summary>Features of clips that went through the model together: a row for each that could be read, in the order of the list.</summary>
public sealed class FeatureBatch
{
    private readonly float[][] _values;
    private readonly IReadOnlyList<FeatureOutput> _outputs;

    internal FeatureBatch(int number, int clips, IReadOnlyList<FeatureOutput> outputs, FeatureRow[] rows, float[][] values,
        UnreadableClip[] unreadable) =>
        (Number, ClipCount, _outputs, Rows, _values, Unreadable) = (number, clips, outputs, rows, values, unreadable);

    /// <summary>Number of the batch in its pass, from 0.</summary>
    public int Number { get; }

    /// <summary>Clips that it is of, those without features included.</summary>
    public int ClipCount { get; }

    /// <summary>The clip of each row.</summary>
    public IReadOnlyList<FeatureRow> Rows { get; }

    /// <summary>The clips that could not be read.</summary>
    public IReadOnlyList<UnreadableClip> Unreadable { get; }

    /// <summary>One output of all rows, [rows, size].</summary>
    /// <param name="output">Its place among <see cref="FeatureExtractor.Outputs"/>.</param>
    public ReadOnlySpan<float> Values(int output) => _values[output];

    /// <summary>One output of one row, [size].</summary>
    public ReadOnlySpan<float> Values(int output, int row) => _values[output].AsSpan(row * _outputs[output].Size, _outputs[output].Size);
}
