namespace Avion.Cli;

/// <summary>`avion bench data`: how fast annotations of millions of clips are read, and what they take.</summary>
internal static class BenchDataCommand
{
    public static Command Create()
    {
        Option<int> clips = new("--clips") { Description = "Clips of each made-up file.", DefaultValueFactory = _ => 1_000_000 };
        Option<string> folder = new("--folder") { Description = "Where the files are made; by default in the system's folder for such." };
        Option<string> form = new("--form") { Description = "Only forms whose name holds this text.", DefaultValueFactory = _ => "" };
        Option<bool> json = JsonOption.Create();
        Command command = new("data", "Time reading annotations beside reading their files' bytes.") { clips, folder, form, json };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            int count = parsed.GetValue(clips) is > 0 and int positive
                ? positive
                : throw new UsageException($"--clips is {parsed.GetValue(clips)}; expected at least 1.");
            string parent = parsed.GetValue(folder) ?? Path.GetTempPath();
            NamedPath.RequireFolder(parent, "--folder");
            string place = Path.Combine(parent, $"avion-bench-{Guid.NewGuid():N}");
            Directory.CreateDirectory(place);
            try
            {
                List<AnnotationFigure> figures = [];
                AnnotationBenchmarkOptions options = new(count, place, parsed.GetValue(form)!);
                foreach (AnnotationFigure figure in AnnotationBenchmark.Run(options, cancellation))
                {
                    Console.Error.WriteLine($"{figure.Form}: {Quantity.Bytes(figure.FileBytes)}");
                    figures.Add(figure);
                }

                Write(figures, parsed.GetValue(json));
                return ExitCode.Ok;
            }
            finally
            {
                Directory.Delete(place, recursive: true);
            }
        }));
        return command;
    }

    private static void Write(IReadOnlyList<AnnotationFigure> figures, bool asJson)
    {
        if (asJson)
        {
            JsonOutput.Write(json =>
            {
                json.WriteStartArray("annotations");
                foreach (AnnotationFigure figure in figures)
                {
                    WriteFigure(json, figure);
                }

                json.WriteEndArray();
            });
            return;
        }

        ResultTable table = new("annotations", "file", "bytes alone", "first time", "of processors", "rows/s", "captions/s", "from cache",
            "bytes a caption", "memory");
        foreach (AnnotationFigure figure in figures)
        {
            table.Add(figure.Form, Quantity.Bytes(figure.FileBytes), Seconds(figure.PlainSeconds), Seconds(figure.ReadSeconds),
                Seconds(figure.ReadProcessorSeconds), Millions(figure.Clips / figure.ReadSeconds),
                Millions(figure.Captions / figure.ReadSeconds), Seconds(figure.CacheSeconds),
                string.Create(CultureInfo.InvariantCulture, $"{(double)figure.MemoryBytes / figure.Captions:0.0}"),
                Quantity.Bytes(figure.HeldBytes));
        }

        table.Write();
    }

    private static void WriteFigure(Utf8JsonWriter json, AnnotationFigure figure)
    {
        json.WriteStartObject();
        json.WriteString("form", figure.Form);
        json.WriteNumber("file_bytes", figure.FileBytes);
        json.WriteNumber("clips", figure.Clips);
        json.WriteNumber("captions", figure.Captions);
        json.WriteNumber("plain_seconds", figure.PlainSeconds);
        json.WriteNumber("read_seconds", figure.ReadSeconds);
        json.WriteNumber("read_processor_seconds", figure.ReadProcessorSeconds);
        json.WriteNumber("cache_seconds", figure.CacheSeconds);
        json.WriteNumber("memory_bytes", figure.MemoryBytes);
        json.WriteNumber("held_bytes", figure.HeldBytes);
        json.WriteEndObject();
    }

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    private static string Millions(double rate) => string.Create(CultureInfo.InvariantCulture, $"{rate / 1e6:0.00} M");
}
