namespace Avion.Training;

/// <summary>What a training would begin with, found out without training: nothing of it stays on the disk.</summary>
public sealed record TrainingPreview
{
    /// <summary>The recipe with everything that it would run with.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The counts; null where the recipe cannot be planned.</summary>
    public StartSummary? Summary { get; init; }

    /// <summary>Files and folders that are not there.</summary>
    public required IReadOnlyList<MissingInput> Missing { get; init; }

    /// <summary>Everything else that would end the training before its first step, as sentences.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Whether all that would end it is a device that this machine lacks, as far as can be told without it.</summary>
    public required bool LacksOnlyDevice { get; init; }

    /// <summary>What a training would say and go on, such as that some videos are not there, as sentences.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Looks at all that a recipe needs.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="options">What the program supplies.</param>
    /// <param name="runFolder">The run that would be resumed; null for a new one.</param>
    public static TrainingPreview Of(Recipe recipe, TrainingOptions? options = null, string? runFolder = null)
    {
        options ??= new TrainingOptions();
        IReadOnlyList<MissingInput> missing = options.Data is null ? MissingInput.Of(recipe) : [];
        List<string> problems = [], warnings = [];
        if (runFolder is null)
        {
            _ = Try(() => { RunFolder.RequireUsable(recipe); return recipe; }, problems);
        }

        bool isNew = runFolder is null, hasFirstWeights = isNew && FirstWeights.AreHere(recipe);
        Recipe adopted = (isNew ? Try(() => FirstWeights.AdoptIfHere(recipe, options.Data), problems) : null) ?? recipe;
        DirectoryInfo? temporary = isNew ? Directory.CreateTempSubdirectory("avion-preview-") : null;
        try
        {
            bool canOpen = options.Data is null && !missing.Any(input => input.Key.StartsWith("data.", StringComparison.Ordinal));
            TrainingData? data = options.Data ?? (canOpen
                ? Try(() => TrainingTasks.Of(adopted).OpenData(adopted, runFolder ?? temporary!.FullName, TaskPurpose.Training), problems)
                : null);
            int others = problems.Count;
            DeviceMissingException? lacking = null;
            StartSummary? summary = Try(() =>
            {
                try
                {
                    return Summarize(adopted, data, options, hasFirstWeights && others == 0, problems, warnings);
                }
                catch (DeviceMissingException error)
                {
                    lacking = error;
                    throw;
                }
            }, problems);
            return new TrainingPreview
            {
                Recipe = adopted,
                Summary = summary,
                Missing = missing,
                Problems = problems,
                LacksOnlyDevice = lacking is not null && problems.Count == 1 && missing.Count == 0,
                Warnings = warnings,
            };
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    private static StartSummary Summarize(
        Recipe recipe, TrainingData? data, TrainingOptions options, bool comparesWeights, List<string> problems, List<string> warnings)
    {
        DeviceChoice devices = DeviceChoice.Of(recipe);
        MemoryPlan memory = MemoryBudget.ChooseOrLeast(recipe, options.ComputeThreads, TrainingRun.Evaluates(recipe, options),
            out RecipeException? tooLarge);
        problems.AddRange(tooLarge?.Problems ?? []);
        using PlanningDevice device = new();
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device) with { Data = data });
        StartSummary summary = StartSummary.Of(recipe, devices, task.Model, memory, data, options.ComputeThreads);
        ClipFeed? feed = data?.Train is null ? null : new ClipFeed(recipe, data, task.Clips);
        feed?.TellAbsent(warnings.Add);
        _ = Try(() => { feed?.RequireFrames(); return feed; }, problems);
        return summary with
        {
            Steps = feed is null ? null : Try<long?>(() => TrainingLoop.TotalSteps(recipe, feed.Plan), problems),
            FirstWeights = comparesWeights ? Try(() => FirstWeights.Compare(task), problems) : null,
        };
    }

    /// <summary>The result, or null with one more problem.</summary>
    private static T? Try<T>(Func<T> look, List<string> problems)
    {
        try
        {
            return look();
        }
        catch (RecipeException error)
        {
            problems.AddRange(error.Problems);
        }
        catch (Exception error) when (error is DataException or DeviceMissingException or RunException or CheckpointException or IOException
            or VideoException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add(error.Message);
        }

        return default;
    }
}
