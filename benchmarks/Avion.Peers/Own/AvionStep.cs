namespace Avion.Peers;

/// <summary>Avion's training step.</summary>
internal sealed class AvionStep : IAvionWork
{
    private readonly StepWorkload _workload;
    private readonly Device _device;
    private readonly TrainingTask _task;
    private readonly Optimizer _optimizer;
    private readonly SyntheticBatch _batch;
    private TrainStep? _step;
    private long _stepsDone;

    public AvionStep(StepWorkload workload, int threads)
    {
        Recipe recipe = workload.Recipe();
        _workload = workload;
        _device = DeviceChoice.Of(recipe).First.Open(rank: 0, threads);
        _task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, _device));
        _task.Model.RecomputesBlocks = false;
        // VideoMAE's peer predicts the hidden tokens alone, too, as the published code does.
        _task.Model.SkipsUnreadRows = workload is not DualEncoderWorkload { SkipsUnreadRows: false };
        AddNoise(_task.Model.Parameters);
        _optimizer = Optimizer.Create(recipe.Optimizer, _task.Model.Parameters, _device);
        _batch = _task.CreateSyntheticBatch(workload.BatchSize, (workload as DualEncoderWorkload)?.CaptionTokens ?? 0);
    }

    public string Description => $"Avion, {_device.Name}";

    /// <summary>Where it computes.</summary>
    public Device Device => _device;

    public void Run()
    {
        _step ??= new TrainStep(_task, _optimizer, normBound: 0, new SingleRank(_device));
        _step.Run(_batch, Context(_stepsDone++), new StepSettings(1e-9));
        _step.TryTake(out _);
        _device.Synchronize();
    }

    /// <summary>Writes weights and batch, and the loss, what the model makes of the clips, and all gradients.</summary>
    public void Write(TensorFileWriter inputs, TensorFileWriter results)
    {
        using Tape tape = new(_device);
        using StepMeasurements measurements = new(_device);
        ParameterStore parameters = _task.Model.Parameters;
        tape.Begin(Context(0));
        _task.Prepare(tape, _batch.Tensors);
        WriteBatch(inputs);
        parameters.ClearGradients();
        Tensor loss = _task.Loss(tape, _batch.Tensors, measurements);
        Add(results, "loss", loss);
        tape.Backward(loss);
        foreach (Parameter parameter in parameters.Parameters)
        {
            Add(inputs, parameter.Name, parameter.Master);
            Add(results, "gradient of " + parameter.Name, parameter.Gradient);
        }

        tape.Begin(Context(0));
        WriteOutputs(tape, results);
    }

    public void Dispose()
    {
        _step?.Dispose();
        _batch.Dispose();
        _optimizer.Dispose();
        _task.Dispose();
        _device.Dispose();
    }

    private static StepContext Context(long step) => new() { Seed = 0, Step = step, IsTraining = true };

    /// <summary>First values have biases of zero, which would hide what is not added.</summary>
    private void AddNoise(ParameterStore parameters)
    {
        const int Prime = 65_537;
        CounterRandom random = CounterRandom.For(0, "noise of weights");
        float[] noise = [.. Enumerable.Range(0, Prime).Select(_ => 0.02f * (float)random.NextGaussian())];
        foreach (Parameter parameter in parameters.Parameters)
        {
            float[] values = new float[parameter.Master.Count];
            _device.Download(parameter.Master, values);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] += noise[i % Prime];
            }

            _device.Upload(values, parameter.Master);
        }

        parameters.RefreshValues();
    }

    private unsafe void WriteBatch(TensorFileWriter inputs)
    {
        BatchTensors batch = _batch.Tensors;
        Shape pixels = batch.Pixels.Shape;
        inputs.Add("pixels", [pixels[0], pixels[1], pixels[2], pixels[3], pixels[4]],
            new ReadOnlySpan<byte>((void*)batch.Pixels.Data, (int)pixels.Count));
        if (_task is MaskedVideoTask masked)
        {
            MaskPlan masks = masked.Masks;
            AddRows(inputs, "visible", masks.VisibleRows);
            AddRows(inputs, "predicted", masks.PredictedRows);
        }
        else
        {
            AddRows(inputs, "ids", batch.TokenIds);
        }
    }

    private unsafe void AddRows(TensorFileWriter inputs, string name, Tensor rows) =>
        inputs.Add(name, [_workload.BatchSize, rows.Count / _workload.BatchSize], new ReadOnlySpan<int>((void*)rows.Data, (int)rows.Count));

    private void WriteOutputs(Tape tape, TensorFileWriter results)
    {
        tape.IsRecording = false;
        if (_task is MaskedVideoTask masked)
        {
            masked.Prepare(tape, _batch.Tensors);
            masked.Model.Loss(tape, _batch.Tensors.Pixels, masked.Masks, out Tensor predictions, out Tensor targets);
            Add(results, "predictions", predictions);
            Add(results, "targets", targets);
        }
        else
        {
            PairFeatures features = ((IFeatureTask)_task).Features(tape, _batch.Tensors);
            Add(results, "video", features.Video);
            Add(results, "text", features.Text);
        }
    }

    private void Add(TensorFileWriter file, string name, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        _device.Download(tensor, values);
        file.Add(name, tensor.Shape, values);
    }
}
