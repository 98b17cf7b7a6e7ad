namespace Avion.Cli;

/// <summary>`avion bench learn`: whether every training learns, in minutes, on generated videos.</summary>
internal static class BenchLearnCommand
{
    public static Command Create()
    {
        Option<string> output = new("--output")
        {
            Description = "Folder for videos and runs.", DefaultValueFactory = _ => LearningFolders.DefaultRoot,
        };
        Option<bool> quick = new("--quick") { Description = "Fewer videos and steps: learns less, in about three minutes." };
        Option<bool> dataOnly = new("--data-only") { Description = "Make the videos and annotations, then stop." };
        Option<string[]> only = new("--only") { Description = "Run these trainings alone.", AllowMultipleArgumentsPerToken = true };
        Option<string> natural = new("--natural")
        {
            Description = "Train masked video on natural videos instead: a folder with the chunk trees train and validation, "
                + "which benchmarks/natural.sh makes.",
            HelpName = "folder",
        };
        Option<bool> json = JsonOption.Create();
        Command command = new("learn", "Train every tiny recipe on generated videos and compare with what it should reach.")
        {
            output, quick, dataOnly, only, natural, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => RunAsync(
            new LearningFolders(parsed.GetValue(output)!),
            parsed.GetValue(natural) is { } videos
                ? LearningPlan.OfNatural(videos, parsed.GetValue(quick)) : LearningPlan.Of(parsed.GetValue(quick)),
            parsed.GetValue(quick), parsed.GetValue(dataOnly), parsed.GetValue(only) ?? [], parsed.GetValue(json), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(
        LearningFolders folders, LearningPlan plan, bool isQuick, bool isDataOnly, string[] only, bool asJson,
        CancellationToken cancellation)
    {
        using ProgressDisplay progress = new();
        if (only.FirstOrDefault(name => plan.Trials.All(trial => trial.Name != name)) is { } unknown)
        {
            throw new UsageException(
                $"--only '{unknown}' is no training; expected some of {string.Join(", ", plan.Trials.Select(trial => trial.Name))}.");
        }

        if (isDataOnly && !plan.NeedsGenerated)
        {
            throw new UsageException("--data-only makes generated videos, and --natural names natural ones; leave out one of the two.");
        }

        plan = isDataOnly ? new LearningPlan([], []) : plan.Only(only);
        IReadOnlyList<LearningFigure> figures = await LearningBench.RunAsync(plan, folders, isQuick, progress, cancellation);
        if (isDataOnly)
        {
            return ExitCode.Ok;
        }

        if (asJson)
        {
            LearningOutput.WriteJson(figures);
        }
        else
        {
            LearningOutput.WriteTable(figures);
        }

        return figures.All(figure => figure.IsReached) ? ExitCode.Ok : ExitCode.Failed;
    }
}
