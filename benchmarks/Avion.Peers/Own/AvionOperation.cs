namespace Avion.Peers;

/// <summary>One of Avion's operations, forward and backward.</summary>
internal sealed class AvionOperation : IAvionWork
{
    private readonly OperationWorkload _workload;
    private readonly CpuDevice _device;
    private readonly OpSession _session;
    private readonly OperationClock _clock = new();

    public AvionOperation(OperationWorkload workload, int threads)
    {
        _workload = workload;
        _device = AvionDevice.Open(workload.IsBFloat16, threads);
        _session = new OpSession(workload.Operation, workload.Size, _device, roundsInputs: workload.IsBFloat16);
    }

    public string Description => $"Avion, {_device.Name}";

    /// <summary>What reads inputs and hands gradients over is the measurement's, not the operation's.</summary>
    public Duration? Measured => _clock.Total;

    public void Run()
    {
        _clock.Reset();
        RunUnder(_clock);
    }

    /// <summary>Runs once, telling somebody of each kernel call.</summary>
    public void RunUnder(IOperationTrace trace)
    {
        _device.Trace = trace;
        RunOnce();
        _device.Trace = null;
    }

    /// <summary>Writes inputs and directions, and results and gradients.</summary>
    public void Write(TensorFileWriter inputs, TensorFileWriter results)
    {
        _session.Forward();
        double[][] outputs = _session.Outputs;
        RunOnce();
        foreach (Parameter parameter in _session.Store.Parameters)
        {
            float[] values = new float[parameter.Master.Count];
            _device.Download(parameter.Master, values);
            inputs.Add(parameter.Name, parameter.Shape, values);
            if (_workload.Operation.IsDifferentiable)
            {
                results.Add("gradient of " + parameter.Name, parameter.Shape, Floats(_session.Gradient(parameter)));
            }
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            results.Add($"output {i}", new Shape(outputs[i].Length), Floats(outputs[i]));
        }

        if (_workload.Operation.IsDifferentiable)
        {
            CounterRandom random = CounterRandom.For(1, "direction", 0);
            float[] direction = [.. outputs[0].Select(_ => Rounded((float)random.NextGaussian()))];
            inputs.Add("direction", new Shape(direction.Length), direction);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _device.Dispose();
    }

    private static float[] Floats(double[] values) => [.. values.Select(value => (float)value)];

    private float Rounded(float value) => _workload.IsBFloat16 ? (BFloat16)value : value;

    private void RunOnce()
    {
        if (_workload.Operation.IsDifferentiable)
        {
            _session.ForwardBackward();
        }
        else
        {
            _session.Step();
        }
    }
}
