namespace Avion.Dashboard;

/// <summary>What a chart shows, in the form that <c>charts.js</c> draws.</summary>
/// <param name="Title">What is shown; pages write it above the chart.</param>
/// <param name="XLabel">Name and unit of the horizontal axis.</param>
/// <param name="YLabel">Name and unit of the vertical axis.</param>
/// <param name="Lines">The lines.</param>
public sealed record ChartDescription(string Title, string XLabel, string YLabel, IReadOnlyList<ChartLine> Lines)
{
    /// <summary>Written behind each value; empty for none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether the vertical axis includes zero.</summary>
    public bool StartsAtZero { get; init; }

    /// <summary>Whether values are shares, to be shown in percent.</summary>
    public bool Percent { get; init; }

    /// <summary>Horizontal lines, such as what chance gives.</summary>
    public IReadOnlyList<ChartLevel> Levels { get; init; } = [];
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">Shown in the legend.</param>
/// <param name="Points">Pairs x, y in order of x; a y of null breaks the line.</param>
/// <param name="HasMarks">Whether each point has a mark, for lines of few points.</param>
public sealed record ChartLine(string Name, IReadOnlyList<double?[]> Points, bool HasMarks = false);

/// <summary>A horizontal line.</summary>
public sealed record ChartLevel(string Name, double Value);
