namespace Avion.Training;

/// <summary>What a training begins with, counted: told before its first step.</summary>
public sealed record StartSummary
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>What is trained.</summary>
    public required string Task { get; init; }

    /// <summary>Clips, and what there is beside them, such as <c>captions</c>.</summary>
    public required IReadOnlyList<(string What, long Count)> Data { get; init; }

    /// <summary>Clips of a step, all devices together.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Passes over the clips.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of the whole run; null where the clips are not known.</summary>
    public long? Steps { get; init; }

    /// <summary>What the number of parameters depends on and is not known, as a clause; empty where all is.</summary>
    public string AssumedSize { get; init; } = "";

    /// <summary>Values of the model's parameters.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>How many of them training changes.</summary>
    public required long TrainedCount { get; init; }

    /// <summary>Names of parameters that training leaves as they are.</summary>
    public required IReadOnlyList<string> Frozen { get; init; }

    /// <summary>Operations of a step's forward and backward pass, captions at full length.</summary>
    public required long StepFlops { get; init; }

    /// <summary>Memory that the training takes.</summary>
    public required MemoryPlan Memory { get; init; }

    /// <summary>Memory that it may take.</summary>
    public required long BudgetBytes { get; init; }

    /// <summary>What trains.</summary>
    public required DeviceChoice Devices { get; init; }

    /// <summary>Compute threads of all devices.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads that read and decode clips.</summary>
    public required int DecodeThreads { get; init; }

    /// <summary>The recipe's <c>model.initialize_from</c>; empty where the model begins at random.</summary>
    public required string InitializeFrom { get; init; }

    /// <summary>What becomes of the first weights; null where there are none, or they could not be read.</summary>
    public PretrainedReport? FirstWeights { get; init; }

    /// <summary>Counts.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="choice">What trains it.</param>
    /// <param name="model">Its model, which need not have memory.</param>
    /// <param name="memory">The memory that was planned.</param>
    /// <param name="data">What is read; null where it is not known.</param>
    /// <param name="threads">Compute threads; 0: one per processor.</param>
    public static StartSummary Of(Recipe recipe, DeviceChoice choice, Model model, MemoryPlan memory, TrainingData? data, int threads)
    {
        DeviceList devices = choice.Devices;
        IReadOnlyList<Parameter> parameters = model.Parameters.Parameters;
        return new StartSummary
        {
            Name = recipe.Name,
            Task = recipe.Task,
            Data = data is null ? [] : [.. CountsOf(data)],
            BatchSize = recipe.Train.BatchSize,
            Epochs = recipe.Train.Epochs,
            ParameterCount = model.Parameters.ValueCount,
            TrainedCount = parameters.Where(parameter => !parameter.IsFrozen).Sum(parameter => parameter.Shape.Count),
            Frozen = [.. parameters.Where(parameter => parameter.IsFrozen).Select(parameter => parameter.Name)],
            StepFlops = memory.StepFlops,
            Memory = memory,
            BudgetBytes = MemoryBudget.BudgetOf(recipe, choice.Describe(threads)),
            AssumedSize = data is null ? AssumedSizeOf(recipe) : "",
            Devices = choice,
            Threads = Enumerable.Range(0, devices.Count).Sum(rank => devices.ThreadsOf(rank, threads)),
            InitializeFrom = recipe.Options.Start.InitializeFrom,
            DecodeThreads = recipe.Data.DecodeThreads > 0 ? recipe.Data.DecodeThreads : Environment.ProcessorCount,
        };
    }

    /// <summary>The summary in a few lines; the memory aside.</summary>
    public IEnumerable<string> Lines()
    {
        string data = Data.Count == 0 ? "" : string.Join(", ", Data.Select(count => Text($"{count.Count:N0} {count.What}"))) + "; ";
        string steps = Steps is { } all ? Text($", {all:N0} steps") : "";
        yield return Text($"Trains '{Name}' ({Task}): {data}{Epochs:N0} epochs{steps} of {BatchSize:N0} clips.");
        string frozen = Frozen.Count == 0 ? "" : Text($", {ParameterCount - TrainedCount:N0} frozen ({NameList.Describe(Frozen)})");
        yield return Text(
            $"Model: {ParameterCount:N0} parameters, {TrainedCount:N0} trained{frozen}; {StepFlops / 1e9:N1} GFLOP a step{AssumedSize}.");
        yield return Text($"Devices: {Devices.Text}; {Threads} compute threads, {DecodeThreads} decode threads.");
        string without = InitializeFrom.Length == 0 ? "First weights: at random." : $"First weights: '{InitializeFrom}', not read.";
        foreach (string line in FirstWeights?.Lines() ?? [without])
        {
            yield return line;
        }
    }

    /// <summary>The line about memory.</summary>
    public string MemoryLine => $"Memory: {ByteSize.Text(Memory.TotalBytes)} planned of {ByteSize.Text(BudgetBytes)} ({Memory.BytesText}); "
        + $"{Memory.BlocksText}.";

    /// <summary>Writes the summary as the fields of an open JSON object.</summary>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("name", Name);
        json.WriteString("task", Task);
        json.WriteStartObject("data");
        foreach ((string what, long count) in Data)
        {
            json.WriteNumber(what.Replace(' ', '_'), count);
        }

        json.WriteEndObject();
        json.WriteNumber("batch_size", BatchSize);
        json.WriteNumber("epochs", Epochs);
        if (Steps is { } steps)
        {
            json.WriteNumber("steps", steps);
        }

        json.WriteNumber("parameters", ParameterCount);
        json.WriteNumber("trained_parameters", TrainedCount);
        json.WriteNumber("frozen_parameters", ParameterCount - TrainedCount);
        json.WriteNumber("step_gigaflop", StepFlops / 1e9);
        json.WriteString("devices", Devices.Devices.ToString());
        json.WriteString("precision", Precision.NameOf(Devices.ActivationType, Devices.UsesTf32));
        json.WriteNumber("compute_threads", Threads);
        json.WriteNumber("decode_threads", DecodeThreads);
        json.WriteNumber("memory_budget_bytes", BudgetBytes);
        json.WritePropertyName("memory");
        Memory.WriteTo(json);
        if (FirstWeights is not null)
        {
            json.WritePropertyName("first_weights");
            FirstWeights.WriteTo(json);
        }
    }

    /// <summary>For a run's log.</summary>
    internal Scalar[] Values =>
    [
        .. Data.Select(count => new Scalar(count.What.Replace(' ', '_'), count.Count)),
        new("parameters", ParameterCount), new("trained_parameters", TrainedCount), new("step_gigaflop", StepFlops / 1e9),
        new("compute_threads", Threads), new("decode_threads", DecodeThreads),
    ];

    /// <summary>For a run's log.</summary>
    internal Label[] Labels => FirstWeights is not { } weights ? [] :
    [
        new("first_weights", weights.Path), new("first_weights.family", WeightFamilies.NameOf(weights.Family)),
        new("first_weights.taken", NameList.Describe(weights.Taken)), new("first_weights.resized", string.Join(", ", weights.Resized)),
        new("first_weights.fresh", string.Join(", ", weights.Fresh)), new("first_weights.ignored", string.Join(", ", weights.Ignored)),
        new("first_weights.notes", string.Join(" ", weights.Notes)),
    ];

    /// <summary>Annotations decide how large a head or a table of tokens is.</summary>
    private static string AssumedSizeOf(Recipe recipe) => recipe.Options switch
    {
        ClassificationOptions { Classes: 0 } => $"; counted with {ClassificationOptions.PlannedClasses} classes, as long as annotations do "
            + "not tell how many",
        DualEncoderOptions { Vocabulary: "", Text.VocabularySize: var size } => $"; counted with {size} tokens, the most that a new "
            + "vocabulary has",
        _ => "",
    };

    private static IEnumerable<(string What, long Count)> CountsOf(TrainingData data)
    {
        if (data.Train is { } train)
        {
            yield return ("clips", train.Count);
        }

        if (data.Validation is { } validation)
        {
            yield return ("validation clips", validation.Count);
        }

        foreach ((string What, long Count) count in data.Counts)
        {
            yield return count;
        }

        if (data.Encoder is { } encoder)
        {
            yield return ("tokens of the vocabulary", encoder.VocabularySize);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
