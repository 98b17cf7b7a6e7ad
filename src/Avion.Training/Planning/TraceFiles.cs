namespace Avion.Training;

/// <summary>Where the trace of some steps goes.</summary>
/// <param name="TimeLinePath">A JSON file in the Trace Event Format, for Chrome's and Perfetto's viewers.</param>
/// <param name="TablePath">A text file with a line an operation.</param>
public sealed record TraceFiles(string TimeLinePath, string TablePath)
{
    /// <summary>The files for a name: <c>NAME.json</c> stands for itself with <c>NAME.txt</c>
    /// beside it, another name for a folder.</summary>
    /// <exception cref="ArgumentException">The name is that of an existing file which is no JSON file.</exception>
    public static TraceFiles For(string path)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path))
        {
            return new TraceFiles(path, Path.ChangeExtension(path, ".txt"));
        }

        return File.Exists(path)
            ? throw new ArgumentException($"'{path}' is a file that is not named .json, expected a folder or FILE.json for a trace.",
                nameof(path))
            : new TraceFiles(Path.Combine(path, "trace.json"), Path.Combine(path, "trace.txt"));
    }

    /// <summary>Writes both files, making their folder.</summary>
    /// <param name="trace">The kernel calls.</param>
    /// <param name="ceilings">What the machine can do; null where it is not known.</param>
    /// <param name="products">The processor's matrix products by shape, where they were counted.</param>
    public void Write(OperationTrace trace, MachineCeilings? ceilings, MatrixProductShapes? products = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(TimeLinePath))!);
        using (FileStream timeLine = File.Create(TimeLinePath))
        {
            trace.WriteTimeLine(timeLine);
        }

        using StreamWriter table = File.CreateText(TablePath);
        trace.WriteTable(table, ceilings);
        if (products is { Counts.Count: > 0 } && ceilings is not null)
        {
            table.WriteLine();
            products.WriteTable(table, ceilings.GigaflopsPerSecond);
        }
    }
}
