namespace Avion.Telemetry;

/// <summary>Labels by which the first line of a run's log describes the lines that follow.</summary>
public static class RunLogLabels
{
    /// <summary>What is trained.</summary>
    public const string Task = "task";

    /// <summary>The command line that started or continued a run.</summary>
    public const string Command = "command";

    /// <summary>The machine that trained.</summary>
    public const string Machine = "machine";

    /// <summary>Begins the label that tells a metric's title for people; the metric's name follows.</summary>
    public const string MetricTitlePrefix = "metric.";

    /// <summary>Names of the metrics of which a smaller value is the better one, with blanks between them.</summary>
    public const string SmallerIsBetter = "smaller_is_better";

    /// <summary>Ending of the name of an evaluation's value that tells what a random answer gives of the metric of that name.</summary>
    public const string ChanceSuffix = "_chance";
}
