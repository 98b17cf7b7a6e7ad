using System.Runtime.InteropServices;

namespace Avion.OpCases;

/// <summary>A case at one size on one device, ready to run forward and back.</summary>
public sealed unsafe class OpSession : IDisposable
{
    private readonly OpForward _forward;
    private readonly OpRun _run;
    private readonly OpInputs _inputs;
    private readonly List<Tensor> _directions = [];

    /// <summary>Makes the inputs.</summary>
    /// <param name="opCase">What to run.</param>
    /// <param name="size">At which size.</param>
    /// <param name="device">Where; stays the caller's.</param>
    /// <param name="guardBytes">Guard behind each step-scoped block, which is then poisoned as well; 0 for none.</param>
    /// <param name="plannedBytes">Size of the arena, or 0 to grow on demand.</param>
    /// <param name="roundsInputs">Whether inputs are numbers of bfloat16, for comparisons with a device that stores them so.</param>
    /// <param name="distinctDraws">How many numbers of an input are drawn before they repeat; 0 for all.</param>
    public OpSession(OpCase opCase, OpSize size, Device device, int guardBytes = 0, long plannedBytes = 0, bool roundsInputs = false,
        int distinctDraws = 0)
    {
        const ulong Seed = 2309;
        Device = device;
        _inputs = new OpInputs(device, Seed) { RoundsToBFloat16 = roundsInputs, DistinctDraws = distinctDraws };
        _forward = opCase.Build(_inputs, size);
        _inputs.FillParameters();
        Tape = new Tape(device, new Arena(device, plannedBytes) { GuardBytes = guardBytes });
        _run = new OpRun(Tape);
        if (device is CpuDevice cpu)
        {
            cpu.Scratch.GuardBytes = guardBytes;
        }
    }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>The tape, whose arena tells memory.</summary>
    public Tape Tape { get; }

    /// <summary>Inputs and parameters.</summary>
    public ParameterStore Store => _inputs.Store;

    /// <summary>Results of the last <see cref="Forward"/>, in double precision.</summary>
    public double[][] Outputs { get; private set; } = [];

    /// <summary>Runs forward, keeps the outputs, and returns their projection on the fixed directions.</summary>
    /// <param name="times">How often the operation is called on the same inputs, each call with directions of its own.</param>
    public double Forward(int times = 1)
    {
        CallForward(times);
        Outputs = new double[_run.OutputCount][];
        double projection = 0;
        for (int i = 0; i < Outputs.Length; i++)
        {
            Outputs[i] = Read(_run.Outputs[i]);
            double[] direction = Read(_directions[i]);
            for (int j = 0; j < direction.Length; j++)
            {
                projection += direction[j] * Outputs[i][j];
            }
        }

        Tape.Reset();
        return projection;
    }

    /// <summary>Runs forward and looks at nothing. Allocates nothing when warm.</summary>
    public void Step()
    {
        CallForward(1);
        Tape.Reset();
    }

    /// <summary>Runs forward and back; gradients of the projection add to those of
    /// <see cref="Store"/>. Allocates nothing when warm.</summary>
    /// <param name="times">
    /// How often the operation is called on the same inputs: from the second on, backward finds gradients to add to.
    /// </param>
    public void ForwardBackward(int times = 1)
    {
        CallForward(times);
        for (int i = 0; i < _run.OutputCount; i++)
        {
            if (_run.Outputs[i].IsDifferentiable)
            {
                Tape.SeedGradient(_run.Outputs[i], _directions[i]);
            }
        }

        Tape.BackwardFromSeeds();
        Tape.Reset();
    }

    /// <summary>The gradients of all inputs and parameters, in double precision.</summary>
    public double[] Gradients() => Read(Store.Gradients);

    /// <summary>The gradient of one input or parameter.</summary>
    public double[] Gradient(Parameter parameter) => Read(parameter.Gradient);

    /// <summary>The value at one place of an input of a <see cref="ReferenceDevice"/>, to disturb it.</summary>
    internal ref double ValueAt(Parameter parameter, int index) => ref ((double*)parameter.Value.Data)[index];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor direction in _directions)
        {
            Device.FreeMemory(direction.Data, direction.ByteCount);
        }

        Tape.Dispose();
        _inputs.Dispose();
    }

    private void CallForward(int times)
    {
        _run.Begin();
        for (int i = 0; i < times; i++)
        {
            _forward(_run);
        }

        MakeDirections();
    }

    /// <summary>Draws a direction for each output the first time; the directions of output i do not depend on the device.</summary>
    private void MakeDirections()
    {
        while (_directions.Count < _run.OutputCount)
        {
            Shape shape = _run.Outputs[_directions.Count].Shape;
            CounterRandom random = CounterRandom.For(1, "direction", (ulong)_directions.Count);
            float[] values = _inputs.Draw(random, shape, (_, normal) => normal);
            ElementType type = _run.Outputs[_directions.Count].Type;
            nint memory = Device.AllocateMemory(Math.Max(1, shape.Count) * type.SizeInBytes());
            Tensor direction = Tensor.Wrap(memory, shape, type);
            Device.Upload(values, direction);
            _directions.Add(direction);
        }
    }

    private double[] Read(Tensor tensor)
    {
        double[] values = new double[tensor.Count];
        if (tensor.Type == ElementType.Float64)
        {
            Device.Download(Tensor.Wrap(tensor.Data, new Shape((int)tensor.ByteCount), ElementType.UInt8),
                MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        float[] floats = new float[tensor.Count];
        Device.Download(tensor, floats);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = floats[i];
        }

        return values;
    }
}
