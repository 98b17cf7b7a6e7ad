namespace Avion.Training;

/// <summary>The exponential moving average of the parameters that training changes: a second set of weights beside them.</summary>
/// <remarks>
/// It begins as the first weights. After each update average ← d · average + (1 - d) · weights, with the same d at every step
/// (<see cref="MovingAverage"/>); a step that is not finite moves nothing. Of the accumulations' type. Source: Tarvainen and Valpola 2017,
/// equation 1 (arXiv:1703.01780).
/// </remarks>
public sealed class WeightAverage : IDisposable
{
    /// <summary>Name of its file in a checkpoint: whole weights, that any model may begin with.</summary>
    public const string FileName = "average.safetensors";

    private const long SwappedElements = 1 << 18;

    private readonly Model _model;
    private readonly double _decay;
    private readonly FlatBuffer _average;
    private readonly Tape _memory;

    /// <summary>Begins as the model's weights.</summary>
    /// <param name="model">Whose weights are averaged.</param>
    /// <param name="decay">d, from 0 to 1.</param>
    public WeightAverage(Model model, double decay)
    {
        (_model, _decay) = (model, decay);
        _average = new FlatBuffer(model.Device, model.Parameters.TrainedLayout, model.Device.AccumulationType);
        _memory = new Tape(model.Device);
        model.Device.Copy(model.Parameters.Trained, _average.Values);
    }

    /// <summary>Follows an update.</summary>
    public void Follow(StepBlock step) =>
        MovingAverage.Step(_model.Device, _model.Parameters.Trained, _average.Values, _decay, step.Memory);

    /// <summary>Exchanges the weights and their average, so that what runs the model runs the average; a second call brings both back, to
    /// the last bit.</summary>
    public void Swap()
    {
        Tensor weights = _model.Parameters.Trained;
        _memory.Reset();
        Tensor room = _memory.AllocateStatistics(Shape.Flat(Math.Min(SwappedElements, weights.Count)));
        for (long first = 0; first < weights.Count; first += room.Count)
        {
            long count = Math.Min(room.Count, weights.Count - first);
            Tensor own = weights.Part(first, count), other = _average.Values.Part(first, count), kept = room.Part(0, count);
            _model.Device.Copy(own, kept);
            _model.Device.Copy(other, own);
            _model.Device.Copy(kept, other);
        }

        _model.Parameters.RefreshValues();
    }

    /// <summary>Writes the average as weights of the model; the file is on the disk on return.</summary>
    public void Save(string folder)
    {
        Swap();
        try
        {
            Checkpoint.Save(Path.Combine(folder, FileName), _model);
        }
        finally
        {
            Swap();
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote. The model has the average too afterwards, so its own weights are loaded
    /// next.</summary>
    public void Load(string folder)
    {
        LoadInto(folder, _model);
        _model.Device.Copy(_model.Parameters.Trained, _average.Values);
    }

    /// <summary>Fills a model with the average of a checkpoint.</summary>
    /// <exception cref="RunException">The checkpoint has none.</exception>
    public static void LoadInto(string folder, Model model)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new RunException($"Checkpoint '{folder}' has no {FileName}: its run kept no average of the weights "
                + "(train.average_decay). Leave out evaluate.weights=average.");
        }

        Checkpoint.LoadInto(path, model);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _memory.Dispose();
        _average.Dispose();
    }
}
