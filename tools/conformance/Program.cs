using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Avion.ConformanceTool;

/// <summary>`./avion conformance DIR`: compares this implementation with numbers of the reference system.</summary>
internal static class Program
{
    private const int Ok = 0, Failed = 1, Usage = 2, Missing = 3;

    private static int Main(string[] args)
    {
        Argument<string> folder = new("DIR") { Description = "Folder of fixture files (*.json)." };
        Option<string> device = new("--device")
        {
            Description = "Where to compute: cpu (float32), cpu-bf16, reference (double precision), cuda (bfloat16) or cuda-float32.",
            DefaultValueFactory = _ => "cpu",
        };
        device.AcceptOnlyFromAmong("cpu", "cpu-bf16", "reference", "cuda", "cuda-float32");
        Option<string?> vocabulary = new("--vocabulary")
        {
            Description = "CLIP's published merges file, for fixtures of the tokenizer; "
                + "if left out: AVION_CLIP_VOCABULARY, beside the fixtures, the user's cache.",
        };
        Option<bool> json = new("--json") { Description = "Write the result to standard output as JSON." };
        RootCommand root = new("avion conformance: compares outputs, losses and gradients with numbers of the reference system.")
        {
            folder, device, vocabulary, json,
        };
        root.SetAction(parsed =>
            Run(parsed.GetValue(folder)!, parsed.GetValue(device)!, parsed.GetValue(vocabulary), parsed.GetValue(json)));
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string sentence in parsed.Errors.Select(error => error.Message).Append("See './avion conformance --help'."))
            {
                Console.Error.WriteLine(sentence);
            }

            return Usage;
        }

        return parsed.Invoke();
    }

    private static int Run(string folder, string deviceName, string? vocabulary, bool asJson)
    {
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"There is no folder '{folder}'. See './avion conformance --help'.");
            return Usage;
        }

        if (Directory.GetFiles(folder, "*.json").Length == 0)
        {
            Console.Error.WriteLine($"Folder '{folder}' holds no fixture: expected files that end in '.json'.");
            return Missing;
        }

        if (!TryOpen(deviceName, out Device? opened, out string missing))
        {
            Console.Error.WriteLine(missing);
            return Missing;
        }

        using Device device = opened;
        List<ConformanceFile> files = [];
        foreach (ConformanceFile file in ConformanceSuite.Run(folder, new ConformanceContext(device, vocabulary)))
        {
            files.Add(file);
            if (!asJson)
            {
                Print(file);
            }
        }

        int passed = files.Sum(file => file.PassedCount), failed = files.Sum(file => file.FailedCount),
            skipped = files.Sum(file => file.SkippedCount);
        int widened = files.Sum(file => file.Figures.Count(figure => figure.Passed && figure.IsWidened));
        if (asJson)
        {
            WriteJson(files, passed, failed, skipped);
        }
        else
        {
            if (widened > 0)
            {
                Console.Out.WriteLine($"{widened} passed only with a wider tolerance: float32 resolves them no better, double precision meets the stated one");
            }

            Console.Out.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        }

        return failed > 0 ? Failed : passed == 0 ? Missing : Ok;
    }

    private static bool TryOpen(string name, [NotNullWhen(true)] out Device? device, out string missing)
    {
        (device, missing) = (null, "");
        try
        {
            device = name switch
            {
                "reference" => new ReferenceDevice(),
                "cpu" => new CpuDevice(),
                "cpu-bf16" => new CpuDevice(activationType: ElementType.BFloat16),
                _ => DeviceChoice.Of(DeviceList.Gpu(0), name == "cuda" ? "bf16" : "float32").Open(),
            };
        }
        catch (DeviceMissingException exception)
        {
            missing = exception.Message;
        }

        return device is not null;
    }

    private static void Print(ConformanceFile file)
    {
        Console.Out.WriteLine($"{file.Name} ({file.Kind ?? "unknown kind"})");
        foreach (ConformanceFigure figure in file.Figures)
        {
            if (figure.IsSkipped)
            {
                Console.Out.WriteLine($"  skip  {figure.Name}: {figure.Note}");
                continue;
            }

            string error = figure.Error.ToString("0.0e+00", CultureInfo.InvariantCulture);
            string tolerance = figure.Tolerance.ToString("0e+00", CultureInfo.InvariantCulture);
            Console.Out.WriteLine(
                $"  {(figure.Passed ? "pass" : "FAIL")}  {error,-8} of {tolerance,-6} {figure.Name}{(figure.Note is null ? "" : $": {figure.Note}")}");
        }

        if (file.Fault is not null)
        {
            Console.Out.WriteLine($"  FAIL  {file.Fault}");
        }
    }

    private static void WriteJson(List<ConformanceFile> files, int passed, int failed, int skipped)
    {
        using Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("passed", passed);
        json.WriteNumber("failed", failed);
        json.WriteNumber("skipped", skipped);
        json.WriteStartArray("files");
        foreach (ConformanceFile file in files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteString("kind", file.Kind);
            json.WriteString("fault", file.Fault);
            json.WriteStartArray("figures");
            foreach (ConformanceFigure figure in file.Figures)
            {
                json.WriteStartObject();
                json.WriteString("name", figure.Name);
                if (double.IsFinite(figure.Error))
                {
                    json.WriteNumber("error", figure.Error);
                }
                else
                {
                    json.WriteNull("error");
                }

                json.WriteNumber("tolerance", figure.Tolerance);
                json.WriteBoolean("passed", figure.Passed);
                json.WriteBoolean("skipped", figure.IsSkipped);
                json.WriteBoolean("widened", figure.IsWidened);
                json.WriteString("note", figure.Note);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
