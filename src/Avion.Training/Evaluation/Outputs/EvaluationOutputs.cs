namespace Avion.Training;

/// <summary>What an evaluation found of each clip, kept for files that the user asked for.</summary>
public sealed class EvaluationOutputs
{
    private readonly List<OutputTable> _tables = [];

    /// <summary>What evaluators handed over, in their order.</summary>
    public IReadOnlyList<OutputTable> Tables => _tables;

    /// <summary>Takes a table.</summary>
    public void Add(OutputTable table)
    {
        if (table.Values.Length != (long)table.RowNames.Count * table.ColumnCount
            || (table.ColumnNames is { } names && names.Count != table.ColumnCount)
            || (table.Truth is { } truth && truth.Count != table.RowNames.Count)
            || (table.Relevancies is { } relevancies && relevancies.Length != table.Values.Length))
        {
            throw new ArgumentException($"Table '{table.Name}' has {table.Values.Length} values, expected {table.RowNames.Count} rows of "
                + $"{table.ColumnCount}, and as many names, classes and relevancies.", nameof(table));
        }

        _tables.Add(table);
    }

    /// <summary>The table of a name; null where there is none.</summary>
    public OutputTable? Find(string name) => _tables.Find(table => table.Name == name);
}

/// <summary>What the numbers of a table are.</summary>
public enum OutputMeaning
{
    /// <summary>A vector for each row, such as a clip's place in the joint space.</summary>
    Features,

    /// <summary>How well each column answers a row, larger is better: similarities, logits or probabilities.</summary>
    Scores,
}

/// <summary>Numbers by row, one row a clip, or a caption.</summary>
/// <param name="Name">Such as "video", "verb" or "caption".</param>
/// <param name="Meaning">What the numbers are.</param>
/// <param name="RowNames">What each row is of, as annotations name it.</param>
/// <param name="ColumnCount">Numbers of a row.</param>
/// <param name="Values">Row-major.</param>
public sealed record OutputTable(string Name, OutputMeaning Meaning, IReadOnlyList<string> RowNames, int ColumnCount, float[] Values)
{
    /// <summary>Names of the columns, such as classes or captions; null where they have none.</summary>
    public IReadOnlyList<string>? ColumnNames { get; init; }

    /// <summary>What each column says, where its name is a mere id; null otherwise.</summary>
    public IReadOnlyList<string>? ColumnTexts { get; init; }

    /// <summary>The right column of each row, -1 where unknown; null where there is no one right column.</summary>
    public IReadOnlyList<int>? Truth { get; init; }

    /// <summary>How relevant each column is to each row, in the form of <see cref="Values"/>; null where that is not known.</summary>
    public float[]? Relevancies { get; init; }

    /// <summary>The numbers of one row.</summary>
    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * ColumnCount, ColumnCount);

    /// <summary>The name of a column, or its number.</summary>
    public string ColumnName(int column) => ColumnNames?[column] ?? column.ToString(CultureInfo.InvariantCulture);
}
