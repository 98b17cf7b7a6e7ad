namespace Avion.Cli;

/// <summary>`avion train`: trains a recipe, or continues a run.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Argument<string?> recipe = new("recipe")
        {
            Description = "Recipe file, such as recipes/demo.yaml.", Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> resume = new("--resume")
        {
            Description = "Run folder to continue from its newest checkpoint; RUN/checkpoints/latest names it too.",
        };
        Option<string[]> set = SetOption.Create();
        Option<bool> dryRun = new("--dry-run")
        {
            Description = "Tell what training would begin with and what is missing, write the complete recipe, and stop.",
        };
        Option<string?> devices = DevicesOption.Create();
        Option<string?> precision = PrecisionOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<string?> trace = TraceOption.Create();
        Option<string?> traceSteps = TraceOption.CreateSteps();
        Option<bool> otherArithmetic = new("--allow-other-arithmetic")
        {
            Description = "Resume although matrix library or instructions differ; losses then differ from the seventh digit on.",
        };
        Option<bool> restart = new("--allow-restart") { Description = "Resume at step 0 where no checkpoint is whole." };
        Option<bool> json = JsonOption.Create();
        Command command = new("train", "Train a recipe, or continue a run.")
        {
            recipe, resume, set, dryRun, devices, precision, threads, trace, traceSteps, otherArithmetic, restart, json,
        };
        command.SetAction((parsed, cancellation) => System.Threading.Tasks.Task.Run(() => Run(
            parsed.GetValue(recipe), parsed.GetValue(resume),
            PrecisionOption.AddTo(DevicesOption.AddTo(parsed.GetValue(set) ?? [], parsed.GetValue(devices)), parsed.GetValue(precision)),
            parsed.GetValue(dryRun), parsed.GetValue(json),
            new TrainingOptions
            {
                ComputeThreads = parsed.GetValue(threads),
                Trace = TraceOption.Steps(parsed.GetValue(trace), parsed.GetValue(traceSteps)),
                AllowsOtherArithmetic = parsed.GetValue(otherArithmetic),
                AllowsRestart = parsed.GetValue(restart),
                Origin = RunOrigin.Of(parsed),
            },
            cancellation)));
        return command;
    }

    private static int Run(
        string? recipePath, string? resume, string[] overrides, bool isDryRun, bool asJson, TrainingOptions options,
        CancellationToken cancellation)
    {
        if (recipePath is null && resume is null)
        {
            throw new UsageException("Nothing to train. Give a recipe (avion train recipes/demo.yaml) or a run "
                + "(avion train --resume RUN).");
        }

        string? run = resume is null ? null : ResumedRun.Find(NamedPath.Require(resume, "a run folder"));
        if (isDryRun)
        {
            Recipe planned = recipePath is not null
                ? RecipeReader.ReadFile(recipePath, overrides)
                : RecipeReader.ReadFile(Path.Combine(run!, CheckpointStore.RecipeFile), overrides);
            return PreviewOutput.Write(TrainingPreview.Of(planned, options, recipePath is null ? run : null), asJson);
        }

        using ProgressDisplay progress = new();
        TrainingView view = new(progress);
        options = options with { Observer = view };
        TrainingOutcome outcome = RefusedStart.Run(view, () => run is null
            ? TrainingRun.Start(RecipeReader.ReadFile(recipePath!, overrides), options, cancellation)
            : TrainingRun.Resume(run, recipePath is null ? null : RecipeReader.ReadFile(recipePath, overrides),
                recipePath is null ? overrides : [], options, cancellation));
        progress.Line(outcome.Divergence is not null
            ? $"Ended after {outcome.Steps} steps without a useful result; the run is in {outcome.Folder}."
            : outcome.IsComplete
            ? $"Done: {outcome.Steps} steps; the run is in {outcome.Folder}."
            : $"Stopped after step {outcome.Steps} of {outcome.TotalSteps}. Continue with: avion train --resume {outcome.Folder}");
        Write(outcome, asJson);
        return outcome is { IsComplete: true, Divergence: null } ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(TrainingOutcome outcome, bool asJson)
    {
        if (!asJson)
        {
            if (outcome.Evaluation is not null)
            {
                MetricOutput.WriteTable(outcome.Evaluation);
            }

            return;
        }

        MetricOutput.WriteJson(outcome.Evaluation, json =>
        {
            json.WriteString("folder", outcome.Folder);
            json.WriteBoolean("complete", outcome.IsComplete);
            json.WriteBoolean("diverged", outcome.Divergence is not null);
            json.WriteNumber("steps", outcome.Steps);
            json.WriteNumber("total_steps", outcome.TotalSteps);
            json.WriteNumber("bad_clips", outcome.BadClips);
            json.WriteNumber("skipped_steps", outcome.SkippedSteps);
            if (outcome.Verdict is { } verdict)
            {
                json.WriteString("bottleneck", verdict.Word);
            }
        });
    }
}
