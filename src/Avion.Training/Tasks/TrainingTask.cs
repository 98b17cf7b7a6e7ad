namespace Avion.Training;

/// <summary>What is trained: the model of one rank on one device, and everything that is particular to its training.</summary>
/// <remarks>
/// A training is one class that derives from this one and implements <see cref="ITrainingTask{TSelf}"/>: static members answer what
/// concerns a recipe before there is a model, members of the object what concerns the model. Steps, runs, plans, benchmarks, evaluations
/// and reports ask the task and know nothing of models, captions or labels. docs/add-a-training.md walks through one.
/// </remarks>
/// <param name="setup">Recipe, device, data and purpose.</param>
public abstract class TrainingTask(TaskSetup setup) : IDisposable
{
    /// <summary>What the task was made from.</summary>
    public TaskSetup Setup { get; } = setup;

    /// <summary>What training changes.</summary>
    public abstract Model Model { get; }

    /// <summary>What the recipe's first weights gave to the model; null where it began at random or has a checkpoint's weights.</summary>
    public PretrainedReport? FirstWeights { get; internal set; }

    /// <summary>The clips that the model reads.</summary>
    public abstract ClipForm Clips { get; }

    /// <summary>What is done to the pixels of training clips after they were read, one after the other.</summary>
    public virtual IReadOnlyList<IClipAugmentation> Augmentations => [];

    /// <summary>Work that a plain step does and this one's leaves out without changing a number, in the order in
    /// which it is counted.</summary>
    public virtual IReadOnlyList<Elimination> Eliminations => [];

    /// <summary>Uploads what the loss reads besides the batch, such as masks and targets; called before each <see cref="Loss"/>.</summary>
    /// <remarks>After this the host neither reads nor writes device memory until the step is over.</remarks>
    /// <param name="tape">The step's; <see cref="Tape.Context"/> keys what is drawn.</param>
    /// <param name="batch">The batch.</param>
    public virtual void Prepare(Tape tape, in BatchTensors batch)
    {
    }

    /// <summary>Numbers that <see cref="Prepare"/> found and that sizes of tensors in <see cref="Loss"/> depend on, such as how many tokens
    /// are visible; sizes of the batch itself aside.</summary>
    /// <remarks>
    /// On a GPU a step is captured once as a graph and replayed while these numbers and the batch's sizes are the same. So whatever else
    /// changes from step to step is uploaded by <see cref="Prepare"/> and read from device memory, and not put into calls by the host.
    /// </remarks>
    public virtual (int, int, int) PreparedCounts => default;

    /// <summary>The loss of a batch.</summary>
    /// <param name="tape">Where to compute; <see cref="Tape.Context"/> tells the step.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="measured">Takes scalars for the log beside the loss.</param>
    /// <returns>Scalar: a mean over the batch's samples, so that ranks and parts of a batch may be averaged.</returns>
    public abstract Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured);

    /// <summary>Called after each update, to hold parameters within bounds or to follow them with a moving average.</summary>
    /// <remarks>The host does not know here whether the step was finite: an update that was left out has changed no parameter.</remarks>
    public virtual void AfterUpdate()
    {
    }

    /// <summary>Made-up clips for planning, counting and timing: the time of a step does not depend on what clips show.</summary>
    /// <param name="clips">Clips of the batch.</param>
    /// <param name="captionTokens">Tokens of every caption; 0: as many as the model reads, which no batch exceeds.</param>
    public virtual SyntheticBatch CreateSyntheticBatch(int clips, int captionTokens = 0) => new(Model.Device, Clips, clips);

    /// <summary>What measures the model between steps; none where the data has no validation set.</summary>
    /// <param name="feed">Opens passes over the validation set.</param>
    public virtual IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) => [];

    /// <summary>Step-scoped memory that evaluation takes on top of a training step's, on a device that plans.</summary>
    /// <param name="clips">Clips of an evaluation batch.</param>
    public virtual long EvaluationBytes(int clips)
    {
        using Tape tape = new(Model.Device) { IsRecording = false };
        using SyntheticBatch batch = CreateSyntheticBatch(clips);
        using StepMeasurements measurements = new(Model.Device);
        Prepare(tape, batch.Tensors);
        Loss(tape, batch.Tensors, measurements);
        return tape.Arena.PeakBytes;
    }

    /// <summary>Writes all that a checkpoint keeps of the task, optimizer states aside; the files are on the disk on return.</summary>
    /// <param name="folder">A checkpoint under construction.</param>
    public virtual void Save(string folder) =>
        Checkpoint.Save(folder, Model, new CheckpointDetails
        {
            Recipe = RecipeWriter.ToYaml(Setup.Recipe),
            Tokenizer = Setup.Data?.Vocabulary?.ToString(),
        });

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="folder">A checkpoint.</param>
    public virtual void Load(string folder) => Checkpoint.LoadInto(folder, Model);

    /// <summary>Returns the model's memory.</summary>
    public virtual void Dispose()
    {
        Model.Dispose();
        GC.SuppressFinalize(this);
    }
}
