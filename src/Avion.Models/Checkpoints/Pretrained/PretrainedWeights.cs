namespace Avion.Models;

/// <summary>Weights of another run or another program, opened to begin a model with: any family, other numbers of frames, other frame
/// sizes, other contexts, other heads.</summary>
/// <remarks>
/// Names and shapes are translated (<see cref="WeightFamily"/>). The time embedding of another number of frames and the positions of
/// another frame size are resized (<see cref="EmbeddingResize"/>); a shorter or longer context is cut or continued with zeros. Heads and
/// projections of other sizes are left as the model has them. Everything else must agree: what the file says of itself
/// (<see cref="Facts"/>) is compared with the model first.
/// </remarks>
public sealed class PretrainedWeights : IDisposable
{
    private const string VisionTowerName = "visual.";

    private readonly TensorArchive _archive;
    private readonly WeightSet _weights;

    private PretrainedWeights(TensorArchive archive, WeightFamily? family)
    {
        _archive = archive;
        _weights = WeightSet.From(archive, family);
        Details = CheckpointDetails.Of(archive);
        Facts = Details.Architecture is { } described ? ModelFacts.Of(described) : InferredFacts.Of(_weights, archive.Metadata);
    }

    /// <summary>The file.</summary>
    public string Path => _archive.Path;

    /// <summary>The family of its names.</summary>
    public WeightFamily Family => _weights.Family;

    /// <summary>What the file tells of itself in Avion's own form.</summary>
    public CheckpointDetails Details { get; }

    /// <summary>What is known of the model that the weights were trained in.</summary>
    public IReadOnlyList<ModelFact> Facts { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">safetensors or PyTorch.</param>
    /// <param name="family">The family of the file; null to know it by its names.</param>
    /// <exception cref="CheckpointException">The file is damaged, or is no file of weights.</exception>
    public static PretrainedWeights Open(string path, WeightFamily? family = null)
    {
        TensorArchive archive = TensorArchive.Open(path);
        try
        {
            return new PretrainedWeights(archive, family);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file and begins a model with it.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or does not fit. The model is unchanged.</exception>
    public static PretrainedReport Load(string path, Model model, PretrainedOptions? options = null)
    {
        using PretrainedWeights weights = Open(path);
        return weights.LoadInto(model, options);
    }

    /// <summary>Refuses a model that computes otherwise than the weights were trained to, or of other sizes.</summary>
    /// <param name="model">What is known of the model.</param>
    /// <param name="options">What may differ.</param>
    /// <returns>What the user should know, as sentences.</returns>
    /// <exception cref="CheckpointException">It differs in what nothing can make up for; the sentence has both values.</exception>
    public IReadOnlyList<string> CheckFacts(IReadOnlyList<ModelFact> model, PretrainedOptions options) =>
        FactComparison.Of(Path, Facts, model, options).Notes;

    /// <summary>Tells what <see cref="LoadInto"/> would do, from names and shapes alone.</summary>
    /// <exception cref="CheckpointException">The weights do not fit as the options ask.</exception>
    public PretrainedReport Compare(Model model, PretrainedOptions? options = null) => Match(model, options ?? new(), out _);

    /// <summary>Fills a model.</summary>
    /// <exception cref="CheckpointException">The weights do not fit as the options ask. The model is unchanged.</exception>
    public PretrainedReport LoadInto(Model model, PretrainedOptions? options = null)
    {
        PretrainedReport report = Match(model, options ?? new(), out WeightMatch match);
        match.Fill(model);
        return report;
    }

    /// <inheritdoc />
    public void Dispose() => _archive.Dispose();

    private PretrainedReport Match(Model model, PretrainedOptions options, out WeightMatch match)
    {
        if (_weights.HasDividedAttention && model.Parameters.Parameters.Any(parameter =>
            parameter.Name.StartsWith(VisionTowerName, StringComparison.Ordinal) && !options.LeavesFresh(parameter.Name)))
        {
            throw new CheckpointException(Path, "its vision tower attends to time and space in turn (TimeSformer), Avion's to both at once",
                "Take its text tower alone with model.initialize_except=[visual.*], or begin with weights of AVION.");
        }

        IReadOnlyList<string> notes = CheckFacts(ModelFacts.Of(model.Architecture), options);
        match = new WeightMatch(_weights, model, options.LeavesFresh);
        bool isOfSameKind = Details.Architecture?.Kind == model.Architecture.Kind;
        match.Check(Path, _archive, options.IsPartial ?? (isOfSameKind ? false : null));
        return new PretrainedReport
        {
            Path = Path,
            Family = Family,
            Taken = match.Taken,
            Resized = match.Resized,
            Fresh = match.Fresh,
            Ignored = [.. match.Ignored, .. _weights.Skipped.Select(member => member.ToString())],
            Notes = notes,
        };
    }
}
