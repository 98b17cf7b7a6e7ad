namespace Avion.Cli;

/// <summary>The options that ask for a trace of a few training steps.</summary>
internal static class TraceOption
{
    public static Option<string?> Create() => new("--trace")
    {
        Description = "Trace the kernel calls of a few warm steps: FILE.json (a time line for Chrome's or Perfetto's viewer, with the table "
            + "FILE.txt beside it) or a folder for both.",
    };

    public static Option<string?> CreateSteps() => new("--trace-steps")
    {
        Description = $"Which steps to trace, as A-B, counted from 1 where this command begins; {StepTraceOptions.DefaultFirstStep}-"
            + $"{StepTraceOptions.DefaultLastStep} unless given.",
    };

    /// <summary>The files of a path; null for none.</summary>
    /// <exception cref="UsageException">The path is that of another file, or nothing can be written there.</exception>
    public static TraceFiles? Files(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            TraceFiles files = path.Length > 0 ? TraceFiles.For(path) : throw new UsageException("--trace is empty, expected FILE.json or a folder.");
            NamedPath.RequireNoPipe(path);
            NamedPath.RequireFolder(Path.GetDirectoryName(Path.GetFullPath(files.TimeLinePath))!, "--trace: the folder");
            return files;
        }
        catch (ArgumentException)
        {
            throw new UsageException($"--trace: '{path}' is a file that is not named .json; expected FILE.json or a folder.");
        }
    }

    /// <summary>The steps of a range, written to a path; null where no trace is asked for.</summary>
    /// <exception cref="UsageException">The range is none, or there is a range without a path.</exception>
    public static StepTraceOptions? Steps(string? path, string? range)
    {
        if (Files(path) is not { } files)
        {
            return range is null
                ? null
                : throw new UsageException("--trace-steps says which steps to trace, but not where to: add --trace FILE.json.");
        }

        if (range is null)
        {
            return new StepTraceOptions(files);
        }

        string[] ends = range.Split('-');
        return ends.Length == 2 && TryParse(ends[0], out long first) && TryParse(ends[1], out long last) && first >= 1 && last >= first
            ? new StepTraceOptions(files, first, last)
            : throw new UsageException($"--trace-steps is '{range}', expected A-B with 1 <= A <= B, such as 4-6.");
    }

    private static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
