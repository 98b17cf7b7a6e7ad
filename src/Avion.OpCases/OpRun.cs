namespace Avion.OpCases;

/// <summary>What a case's forward works with: the tape, its inputs, and where its outputs go.</summary>
public sealed class OpRun
{
    private readonly Tensor[] _outputs = new Tensor[16];
    private readonly Parameter[] _readInputs = new Parameter[16];
    private readonly Tensor[] _reads = new Tensor[16];
    private int _readCount;

    /// <summary>Reads inputs onto a tape.</summary>
    public OpRun(Tape tape) => Tape = tape;

    /// <summary>The tape that the operation runs on.</summary>
    public Tape Tape { get; }

    internal ReadOnlySpan<Tensor> Outputs => _outputs.AsSpan(0, OutputCount);

    internal int OutputCount { get; private set; }

    /// <summary>
    /// A copy of a declared input in step-scoped memory, whose gradient is added to the input's. Calls within one step get one copy.
    /// </summary>
    public Tensor Read(Parameter input)
    {
        int known = Array.IndexOf(_readInputs, input, 0, _readCount);
        if (known >= 0)
        {
            return _reads[known];
        }

        Tensor copy = ReadOwn(input);
        _readInputs[_readCount] = input;
        _reads[_readCount++] = copy;
        return copy;
    }

    /// <summary>A copy of a declared input that is this call's alone, for operations that write over it.</summary>
    public Tensor ReadOwn(Parameter input)
    {
        Tensor copy = Tape.Output(input.Shape, Tape.Wants(input));
        Tape.Device.Copy(input.Value, copy);
        if (copy.IsDifferentiable)
        {
            Tape.Record<ReadNode>(copy).Input = input;
        }

        return copy;
    }

    /// <summary>A copy of a constant in step-scoped memory, for operations that change it.</summary>
    public Tensor Copy(Tensor constant)
    {
        Tensor copy = Tape.Allocate(constant.Shape, constant.Type);
        Tape.Device.Copy(constant, copy);
        return copy;
    }

    /// <summary>Hands over a result of the device's float type; checks compare it, and project it on a random direction.</summary>
    public void Output(Tensor output) => _outputs[OutputCount++] = output;

    internal void Begin()
    {
        OutputCount = 0;
        _readCount = 0;
    }

    private sealed class ReadNode : Node
    {
        internal Parameter Input = null!;

        internal override void Backward(Tape tape)
        {
            if (tape.TryGetGradient(Output, out Tensor gradient))
            {
                Add.Accumulate(tape.Device, gradient, Input.Gradient);
            }
        }
    }
}
