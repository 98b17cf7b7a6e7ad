namespace Avion.Cli;

/// <summary>`avion bench search`: how long an exact search through many clips takes, beside reading the memory that it reads.</summary>
internal static class BenchSearchCommand
{
    private const int MostRows = 100_000_000, MostSize = 1 << 14;

    public static Command Create()
    {
        Option<int> clips = new("--clips") { Description = "Clips of the index.", DefaultValueFactory = _ => 1_000_000 };
        Option<int> size = new("--size") { Description = "Numbers of a clip.", DefaultValueFactory = _ => 256 };
        Option<int> rounds = new("--rounds") { Description = "Times that each is measured; medians are told.", DefaultValueFactory = _ => 9 };
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("search", "Time an exact search through many clips beside reading its memory.") { clips, size, rounds, threads, json };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            VectorIndexFigures figures = VectorIndexBenchmark.Run(Number(parsed.GetValue(clips), "--clips", MostRows),
                Number(parsed.GetValue(size), "--size", MostSize), parsed.GetValue(threads), Number(parsed.GetValue(rounds), "--rounds", 1000), cancellation);
            Write(figures, parsed.GetValue(json));
            return figures.IsExact ? ExitCode.Ok : ExitCode.Failed;
        }));
        return command;
    }

    private static int Number(int number, string option, int most) =>
        number >= 1 && number <= most ? number : throw new UsageException($"{option} is {number}, expected 1 to {most}.");

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
        Console.Out.WriteLine($"{Quantity.Count(figures.Rows, "clip")} of {figures.Size} numbers on {Quantity.Count(figures.Threads, "thread")}: one query at "
            + string.Create(CultureInfo.InvariantCulture, $"{figures.ShareOfMemory:P0} of what memory allows; ")
            + (figures.IsExact ? "the clips are those of a search in double precision." : "WRONG: a search in double precision finds other clips."));
    }

    private static string Text(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
