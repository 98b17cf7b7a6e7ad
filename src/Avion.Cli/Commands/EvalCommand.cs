namespace Avion.Cli;

/// <summary>`avion eval`: measures a checkpoint under the settings that it carries.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        Argument<string> checkpoint = new("checkpoint") { Description = "Checkpoint, or run folder: then its best checkpoint." };
        Option<string[]> set = SetOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("eval", "Evaluate a checkpoint on its validation data.") { checkpoint, set, threads, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            parsed.GetValue(checkpoint)!, parsed.GetValue(set) ?? [], parsed.GetValue(threads), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string checkpoint, string[] overrides, int threads, bool asJson, CancellationToken cancellation)
    {
        using ProgressDisplay progress = new();
        TrainingOptions options = new() { Observer = new TrainingView(progress), ComputeThreads = threads };
        EvaluationResult result = Evaluation.Run(checkpoint, overrides, options, cancellation);
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
}
