namespace Avion.Cli;

/// <summary>`avion bench search`: how long an exact search through many clips takes, beside reading the memory that it reads.</summary>
internal static class BenchSearchCommand
{
    private const int MostRows = 100_000_000, MostSize = 1 << 14, MostRounds = 1000;

    public static Command Create()
    {
        Option<int> clips = NumberOption.Create("--clips", "Clips of the index.", 1_000_000, 1, MostRows);
        Option<int> size = NumberOption.Create("--size", "Numbers of a clip.", 256, 1, MostSize);
        Option<int> rounds = NumberOption.Create("--rounds", "Times that each is measured; medians are told.", 9, 1, MostRounds);
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("search", "Time an exact search through many clips beside reading its memory.")
        {
            clips, size, rounds, threads, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            VectorIndexFigures figures = VectorIndexBenchmark.Run(
                parsed.GetValue(clips), parsed.GetValue(size), parsed.GetValue(threads), parsed.GetValue(rounds), cancellation);
            Write(figures, parsed.GetValue(json));
            return figures.IsExact ? ExitCode.Ok : ExitCode.Failed;
        }));
        return command;
    }

    private static void Write(VectorIndexFigures figures, bool asJson)
    {
        double gigabytes = figures.ScannedBytes / 1e9;
        if (asJson)
        {
            JsonOutput.Write(json =>
            {
                json.WriteNumber("clips", figures.Rows);
                json.WriteNumber("size", figures.Size);
                json.WriteNumber("threads", figures.Threads);
                json.WriteNumber("scanned_bytes", figures.ScannedBytes);
                json.WriteNumber("read_milliseconds", 1e3 * figures.ReadSeconds);
                json.WriteNumber("search_milliseconds", 1e3 * figures.SearchSeconds);
                json.WriteNumber("share_of_memory", figures.ShareOfMemory);
                json.WriteNumber("queries", figures.Queries);
                json.WriteNumber("milliseconds_of_all_queries", 1e3 * figures.SecondsOfMany);
                json.WriteBoolean("exact", figures.IsExact);
            });
            return;
        }

        ResultTable table = new("what", "ms", "GB/s");
        table.Add("reading the memory, the ceiling", Text(1e3 * figures.ReadSeconds), Text(gigabytes / figures.ReadSeconds));
        table.Add("one query", Text(1e3 * figures.SearchSeconds), Text(gigabytes / figures.SearchSeconds));
        table.Add($"{figures.Queries} queries at once, each", Text(1e3 * figures.SecondsOfMany / figures.Queries), "");
        table.Write();
        Console.Out.WriteLine($"{Quantity.Count(figures.Rows, "clip")} of {figures.Size} numbers on "
            + $"{Quantity.Count(figures.Threads, "thread")}: one query at "
            + string.Create(CultureInfo.InvariantCulture, $"{figures.ShareOfMemory:P0} of what memory allows; ")
            + (figures.IsExact
                ? "the clips are those of a search in double precision."
                : "WRONG: a search in double precision finds other clips."));
    }

    private static string Text(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
