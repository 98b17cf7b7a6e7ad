namespace Avion.Training;

/// <summary>Collects the scores of clips for a table of outputs.</summary>
internal sealed class ScoreRows
{
    private readonly List<string> _names = [];
    private readonly List<int> _truth = [];
    private readonly List<float> _values = [];

    /// <summary>Names of the clips.</summary>
    public IReadOnlyList<string> Names => _names;

    public void Add(string clip, int label, ReadOnlySpan<double> scores)
    {
        _names.Add(clip);
        _truth.Add(label);
        foreach (double score in scores)
        {
            _values.Add((float)score);
        }
    }

    public OutputTable Table(string name, int columns, IReadOnlyList<string>? columnNames) =>
        new(name, OutputMeaning.Scores, _names, columns, [.. _values]) { ColumnNames = columnNames, Truth = _truth };
}
