namespace Avion.Cli;

/// <summary>`avion eval`: measures weights under the settings that they carry, and writes what it found of each clip.</summary>
internal static class EvalCommand
{
    private const int ListedByDefault = 10;

    public static Command Create()
    {
        Argument<string> checkpoint = new("checkpoint")
        {
            Description = "Checkpoint, run folder (its best checkpoint), RUN/checkpoints/latest, or a file of weights.",
        };
        Option<string?> recipe = new("--recipe") { Description = "Recipe for weights that carry none, or other than their own." };
        Option<string> task = new("--task")
        {
            Description = "One evaluation of those that the recipe asks for, such as retrieval, zero-shot, mcq or classification; "
                + "all of them if left out.",
            DefaultValueFactory = _ => "",
        };
        Option<string[]> set = SetOption.Create();
        Option<string[]> export = new("--export")
        {
            Description = $"File for what is found of each clip; may be repeated. {string.Join("; ",
                OutputFiles.Forms.Select(form => $"{form.Ending}: {form.Meaning}"))}.",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<int> top = new("--top")
        {
            Description = "Columns of each clip in an exported .json.", DefaultValueFactory = _ => ListedByDefault,
        };
        Option<string?> levels = new("--sls")
        {
            Description = "Levels of supervision that a submission states, as PRETRAINING,LABELS,DATA, such as 2,3,3.",
        };
        Option<string> device = DevicesOption.CreateForWeights();
        Option<string?> precision = PrecisionOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<bool> force = ForceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("eval", "Evaluate weights on validation data.") 
        {
            checkpoint, recipe, task, set, export, top, levels, force, device, precision, threads, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed.GetValue(checkpoint)!, new EvaluationOptions
        {
            Overrides = PrecisionOption.AddTo(parsed.GetValue(set) ?? [], parsed.GetValue(precision)),
            Devices = DevicesOption.Read(parsed.GetValue(device)!),
            RecipePath = parsed.GetValue(recipe),
            Evaluator = parsed.GetValue(task)!,
            Training = new TrainingOptions { ComputeThreads = parsed.GetValue(threads) },
        }, new Files(parsed.GetValue(export) ?? [], parsed.GetValue(top), LevelsOf(parsed.GetValue(levels)), parsed.GetValue(force)),
            parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string checkpoint, EvaluationOptions options, Files files, bool asJson, CancellationToken cancellation)
    {
        if (files.Top < 1)
        {
            throw new UsageException($"--top is {files.Top}, expected at least 1.");
        }

        foreach (string path in files.Paths)
        {
            RefusedStart.Run(() => OutputFiles.Check(path, files.Levels));
            NamedPath.RequireRoom(path, "the file of --export");
            OutputFiles.ExistingOf(path).ToList().ForEach(file => ForceOption.RequireNew(file, files.IsForced));
        }

        _ = NamedPath.Require(checkpoint, "a run, a checkpoint or a file of weights");
        using ProgressDisplay progress = new();
        TrainingView view = new(progress);
        EvaluationOutputs? outputs = files.Paths.Length > 0 ? new EvaluationOutputs() : null;
        EvaluationResult result = RefusedStart.Run(view, () => Evaluation.Run(checkpoint, options with
        {
            Outputs = outputs,
            Files = files.Paths,
            Training = options.Training with { Observer = view },
        }, cancellation));
        foreach (string path in files.Paths)
        {
            progress.Line($"Wrote {string.Join(", ", OutputFiles.Write(path, outputs!, files.Top, files.Levels))}.");
        }

        if (asJson)
        {
            MetricOutput.WriteJson(result);
        }
        else
        {
            MetricOutput.WriteTable(result);
        }

        return ExitCode.Ok;
    }

    private static SupervisionLevels? LevelsOf(string? text) => text is null ? null
        : SupervisionLevels.TryParse(text, out SupervisionLevels levels) ? levels
        : throw new UsageException($"--sls is '{text}', expected three levels from 0 to 5, such as 2,3,3.");

    private sealed record Files(string[] Paths, int Top, SupervisionLevels? Levels, bool IsForced);
}
