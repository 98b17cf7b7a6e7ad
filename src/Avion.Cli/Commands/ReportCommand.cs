namespace Avion.Cli;

/// <summary>`avion report`: one page about one run.</summary>
internal static class ReportCommand
{
    private const string UsualName = "report.html";

    public static Command Create()
    {
        Argument<string> run = new("run") { Description = "Run folder, finished, stopped or training." };
        Option<string?> output = new("--output", "-o") { Description = $"The page; RUN/{UsualName} if left out." };
        Option<bool> noClips = new("--no-clips")
        {
            Description = "Look at no held-out clips: no hits, mistakes and pictures, and nothing is computed.",
        };
        Option<string> device = DevicesOption.CreateForWeights();
        Option<int> threads = ThreadsOption.Create();
        Option<bool> force = ForceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("report", "Write a page about a run: how it was made, curves, evaluation, hits and mistakes with pictures.")
        {
            run, output, noClips, device, threads, force, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            parsed.GetValue(run)!, parsed.GetValue(output),
            new ReportMaker
            {
                Devices = DevicesOption.Read(parsed.GetValue(device)!),
                Threads = parsed.GetValue(threads),
                LooksAtClips = !parsed.GetValue(noClips),
            },
            parsed.GetValue(force), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string named, string? output, ReportMaker maker, bool isForced, bool asJson, CancellationToken cancellation)
    {
        string run = ResumedRun.Find(NamedPath.Require(named, "a run"));
        if (!File.Exists(Path.Combine(run, RunFiles.Log)))
        {
            throw new UsageException($"'{named}' is no run: it has no {RunFiles.Log}. Give the folder that training wrote to, such as runs/demo.");
        }

        string path = output ?? Path.Combine(run, UsualName);
        RequireReplaceable(path, isForced);
        using ProgressDisplay progress = new();
        RunReport report = maker.Write(run, path, progress, cancellation);
        foreach (string sentence in report.LeftOut)
        {
            progress.Line(sentence);
        }

        if (asJson)
        {
            JsonOutput.Write(json =>
            {
                json.WriteString("report", path);
                json.WriteNumber("bytes", new FileInfo(path).Length);
                json.WriteString("run", report.Title);
                json.WriteString("state", report.Status.Word);
                json.WriteNumber("steps", report.Steps);
                JsonOutput.WriteTexts(json, "left_out", report.LeftOut);
            });
        }
        else
        {
            Console.Out.WriteLine(path);
        }

        return ExitCode.Ok;
    }

    /// <summary>A report takes the place of an earlier one; other files are the user's. All that could keep it from being written is found
    /// before anything is computed.</summary>
    private static void RequireReplaceable(string path, bool isForced)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"'{path}' is a folder; name a file for the report, such as '{Path.Combine(path, UsualName)}'.");
        }

        if (!PageMark.Report.IsIn(path))
        {
            ForceOption.RequireNew(path, isForced);
        }

        NamedPath.RequireRoom(path, "the report");
    }
}
