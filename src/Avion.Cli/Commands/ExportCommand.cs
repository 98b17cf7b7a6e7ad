namespace Avion.Cli;

/// <summary>`avion export MODEL --to FORM`: a trained model for programs that do not run Avion.</summary>
internal static class ExportCommand
{
    private const string Onnx = "onnx", OpenClip = "open_clip";

    public static Command Create()
    {
        Argument<string> model = new("MODEL")
        {
            Description = "Run folder (its best checkpoint), checkpoint, RUN/checkpoints/latest, or a file of weights that describes "
                + "itself.",
        };
        Option<string> to = new("--to")
        {
            Description = "onnx: graphs for ONNX Runtime and its like. open_clip: a folder for open_clip and plain PyTorch.",
            Required = true,
        };
        to.AcceptOnlyFromAmong(Onnx, OpenClip);
        Option<string?> output = new("--output") { Description = "Folder to write; if left out one named after the form, here." };
        Option<bool> force = ForceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("export", "Write a trained model as ONNX graphs, or as a folder for open_clip and PyTorch.")
        {
            model, to, output, force, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(to)!, parsed.GetValue(output), parsed.GetValue(force),
            parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, string to, string? output, bool isForced, bool asJson)
    {
        _ = NamedPath.Require(model, "a run, a checkpoint or a file of weights");
        string folder = output ?? to;
        RequireReplaceable(folder, isForced);
        ExportReport report;
        try
        {
            report = to == Onnx ? ModelExport.ToOnnx(model, folder) : ModelExport.ToOpenClip(model, folder);
        }
        catch (Exception error) when (error is RunException or ExportException)
        {
            throw new UsageException(error.Message, error);
        }

        Action<ExportReport, string> write = asJson ? WriteJson : WriteText;
        write(report, to);
        return ExitCode.Ok;
    }

    /// <summary>The folder takes files, and those of the same names in a folder with others are replaced when told to.</summary>
    private static void RequireReplaceable(string folder, bool isForced)
    {
        NamedPath.RequireFolder(folder, "--output");
        if (!isForced && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new UsageException($"'{folder}' holds files; name a new or an empty folder with --output, or replace its files with "
                + "--force.");
        }
    }

    private static void WriteText(ExportReport report, string to)
    {
        ResultTable table = new("file", "size");
        foreach (string file in report.Files)
        {
            table.Add(file, Quantity.Bytes(new FileInfo(Path.Combine(report.Folder, file)).Length));
        }

        table.Write();
        foreach (string note in report.Notes)
        {
            Console.Error.WriteLine(PrintableText.Of(note));
        }

        Console.Error.WriteLine(PrintableText.Of($"Written to '{report.Folder}' for {to}; README.md there has an example."));
    }

    private static void WriteJson(ExportReport report, string to) => JsonOutput.Write(json =>
    {
        json.WriteString("folder", report.Folder);
        json.WriteString("to", to);
        json.WriteStartObject("files");
        foreach (string file in report.Files)
        {
            json.WriteNumber(file, new FileInfo(Path.Combine(report.Folder, file)).Length);
        }

        json.WriteEndObject();
        json.WriteStartObject("model");
        foreach (ModelFact fact in ModelFacts.Of(report.Architecture))
        {
            json.WriteString(fact.Name, fact.Value);
        }

        json.WriteEndObject();
        json.WriteStartArray("notes");
        foreach (string note in report.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
    });
}
