using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Runs operations forward, remembers what their backward needs, and walks back.</summary>
/// <remarks>
/// Model code is written forward only, as calls of the operations that each kernel folder adds to the tape. Parameter gradients
/// accumulate (+=) over calls of <see cref="Backward"/>; activation gradients are written (=) by the first operation that reaches
/// them and added to by the others. Everything lives in the arena until <see cref="Reset"/>, except that backward frees an
/// operation's values and gradients as soon as nobody needs them. A warm step allocates nothing.
/// </remarks>
public sealed partial class Tape : IDisposable
{
    private static readonly int DrawBytes = Marshal.SizeOf<StepDraws>();

    private readonly GradientTable _gradients;
    private readonly NodePools _pools = new();
    private readonly ForgottenValues _forgotten = new();
    private Node[] _nodes = new Node[256];
    private nint[] _values = new nint[512];
    private int _nodeCount;
    private int _valueCount;
    private int _lastRecordedValue;

    /// <summary>Makes a tape with an arena of its own.</summary>
    /// <param name="device">Where operations run.</param>
    /// <param name="plannedBytes">The arena's size found by planning, or 0 to grow on demand.</param>
    public Tape(Device device, long plannedBytes = 0) : this(device, new Arena(device, plannedBytes))
    {
    }

    internal Tape(Device device, Arena arena)
    {
        Device = device;
        Arena = arena;
        _gradients = new GradientTable(device, Arena);
        Draws = Tensor.Wrap(device.AllocateMemory(DrawBytes), new Shape(DrawBytes), ElementType.UInt8);
    }

    /// <summary>Where operations run.</summary>
    public Device Device { get; }

    /// <summary>Where step-scoped tensors lie.</summary>
    public Arena Arena { get; }

    /// <summary>The step that the tape is in, as <see cref="Begin"/> was told.</summary>
    public StepContext Context { get; private set; }

    /// <summary>Whether operations are remembered for <see cref="Backward"/>; false for evaluation.</summary>
    public bool IsRecording { get; set; } = true;

    /// <summary>Whether a gradient must flow back to this tensor.</summary>
    public bool Wants(Tensor tensor) => tensor.IsDifferentiable;

    /// <summary>Whether a gradient must be computed for this parameter.</summary>
    public bool Wants(Parameter? parameter) => parameter is { IsFrozen: false };

    /// <summary>Remembers an operation that has just run forward. The caller fills in all fields of the node.</summary>
    public TNode Record<TNode>(Tensor output) where TNode : Node, new()
    {
        TNode node = _pools.Take<TNode>();
        node.Output = output;
        node.SecondOutput = default;
        node.FirstValue = _lastRecordedValue;
        if (_nodeCount == _nodes.Length)
        {
            Array.Resize(ref _nodes, _nodes.Length * 2);
        }

        _nodes[_nodeCount++] = node;
        _lastRecordedValue = _valueCount;
        return node;
    }

    /// <summary>Gives back step-scoped scratch that was allocated last, before the operation is recorded.</summary>
    public void Free(Tensor scratch)
    {
        if (_valueCount == 0 || _values[_valueCount - 1] != scratch.Data)
        {
            throw new InvalidOperationException("Tape.Free: only the value allocated last can be freed. This is a bug in Avion.");
        }

        Arena.Free(_values[--_valueCount]);
    }

    /// <summary>Gives back the memory of a result that the rest of the forward pass does not read.</summary>
    /// <remarks>
    /// An operation whose backward reads it has it made again, which only cheap operations do: layer norm and GELU, whose results
    /// would otherwise hold half of a transformer block's memory for a hundredth of its time. A constant is kept while recording,
    /// for nothing remembers how it came about.
    /// </remarks>
    /// <param name="value">What an operation of this tape returned; not to be read any more.</param>
    public void Forget(Tensor value)
    {
        if (IsRecording && !value.IsDifferentiable)
        {
            return;
        }

        int index = Array.LastIndexOf(_values, value.Data, _valueCount - 1, _valueCount);
        if (index < 0)
        {
            throw new InvalidOperationException($"Tape.Forget: {value} is not a result of this tape, "
                + "or is forgotten already. This is a bug in Avion.");
        }

        if (value.IsDifferentiable)
        {
            _forgotten.Add(value.Slot, MakerOf(value));
        }

        Arena.Free(value.Data);
        _values[index] = 0;
    }

    /// <summary>Runs a block and keeps only its result; backward runs the block again to have what is inside.</summary>
    /// <remarks>
    /// The block must compute the same again from the same input: random draws inside come from counters, not from state. While
    /// not recording, and where nothing in the block or before it is trained, inner values are freed as well and backward never comes here:
    /// evaluation and frozen towers need the memory of one block.
    /// </remarks>
    /// <param name="block">What to run.</param>
    /// <param name="x">Its input.</param>
    /// <param name="offsets">The sequences of the input.</param>
    /// <param name="recompute">False keeps everything: the same result without the second run.</param>
    public Tensor Checkpoint(ITapeBlock block, Tensor x, SequenceOffsets offsets, bool recompute = true)
    {
        bool isRecorded = IsRecording && (Wants(x) || block.IsTrained);
        if (isRecorded && !recompute)
        {
            return block.Forward(this, x, offsets);
        }

        bool wasRecording = IsRecording;
        IsRecording = false;
        Tensor kept = Allocate(block.OutputShape(x, offsets));
        int mark = _valueCount;
        Tensor inner = block.Forward(this, x.Detach(), offsets);
        Device.Copy(inner, kept);
        FreeValuesFrom(mark);
        IsRecording = wasRecording;
        if (!isRecorded)
        {
            return kept;
        }

        Tensor output = OutputInPlace(kept, differentiable: true);
        CheckpointNode node = Record<CheckpointNode>(output);
        node.Block = block;
        node.Input = x;
        node.Offsets = offsets;
        return output;
    }

    /// <summary>Computes all gradients of a scalar, and frees its value like every other: read it before.</summary>
    /// <param name="loss">A scalar that the tape computed.</param>
    /// <param name="scale">The gradient to start from: 1, or 1 / number of accumulated batches.</param>
    public void Backward(Tensor loss, double scale = 1)
    {
        if (!loss.IsDifferentiable || loss.Count != 1)
        {
            throw new ArgumentException("Backward: expected a differentiable scalar, "
                + $"got {loss}{(loss.IsDifferentiable ? "" : " (constant)")}.");
        }

        Tensor seed = _gradients.ForWriting(loss.Slot, out _);
        Device.Fill(seed, scale);
        BackwardFromSeeds();
    }

    /// <summary>Starts back from several tensors whose gradients the caller supplies, as two-pass contrastive accumulation does.</summary>
    /// <param name="output">A tensor that the tape computed.</param>
    /// <param name="gradient">Its gradient, copied.</param>
    public void SeedGradient(Tensor output, Tensor gradient)
    {
        if (!output.IsDifferentiable || output.Shape != gradient.Shape)
        {
            throw new ArgumentException($"SeedGradient: got a gradient {gradient} for {output}" +
                $"{(output.IsDifferentiable ? "" : " (constant)")}; expected a differentiable tensor and a gradient of its shape.");
        }

        Tensor target = GradientFor(output, out bool accumulate);
        if (accumulate)
        {
            Add.Accumulate(Device, gradient, target);
        }
        else
        {
            Device.Copy(gradient, target);
        }
    }

    /// <summary>Walks back from the gradients that <see cref="SeedGradient"/> supplied.</summary>
    public void BackwardFromSeeds()
    {
        using PhaseScope phase = Device.Phase("backward");
        BackwardTo(0);
    }

    /// <summary>A tensor from outside of the tape, whose gradient <see cref="TryGetGradient"/> has after the backward pass.</summary>
    /// <param name="value">What operations read; it must stay in place until the tape is reset.</param>
    public Tensor Leaf(Tensor value) => OutputInPlace(value, differentiable: true);

    /// <summary>Begins a step: all tensors of the one before become invalid, all memory stays.</summary>
    /// <param name="context">What the step is, for <see cref="Context"/>.</param>
    public void Begin(in StepContext context)
    {
        Reset();
        Context = context;
        StepDraws draws = StepDraws.Of(context);
        Device.Upload(MemoryMarshal.AsBytes(new ReadOnlySpan<StepDraws>(in draws)), Draws);
    }

    /// <summary>Forgets the step: all tensors of this tape become invalid, all memory stays for the next step.</summary>
    public void Reset()
    {
        Context = default;
        while (_nodeCount > 0)
        {
            _pools.Return(_nodes[--_nodeCount]);
        }

        _valueCount = 0;
        _lastRecordedValue = 0;
        _gradients.Reset();
        _forgotten.Reset();
        Arena.Reset();
    }

    /// <summary>Frees the arena.</summary>
    public void Dispose()
    {
        Arena.Dispose();
        Device.FreeMemory(Draws.Data, DrawBytes);
    }

    /// <summary>What keys the step's draws, a <see cref="StepDraws"/> in device memory.</summary>
    internal Tensor Draws { get; }

    /// <summary>For a backward, and for a <see cref="Leaf"/> after it: the gradient of a tensor; false if the loss does not depend on
    /// it.</summary>
    public bool TryGetGradient(Tensor output, out Tensor gradient)
    {
        if (!output.IsDifferentiable || !_gradients.Has(output.Slot))
        {
            gradient = default;
            return false;
        }

        gradient = _gradients.Get(output.Slot).Reshape(output.Shape);
        return true;
    }

    /// <summary>For a backward: the value of an input, made again if the forward pass gave its memory back.</summary>
    internal Tensor Recall(Tensor input) =>
        input.IsDifferentiable && _forgotten.MakerOf(input.Slot) is { } maker ? maker.Remake(this) : input;

    /// <summary>For a backward: gives back what <see cref="Recall"/> made, before anything else is allocated.</summary>
    internal void Return(Tensor recalled, Tensor input)
    {
        if (recalled.Data != input.Data)
        {
            Free(recalled);
        }
    }

    /// <summary>For a backward: where to write (or, if <paramref name="accumulate"/>, to add) the gradient of an input.</summary>
    internal Tensor GradientFor(Tensor input, out bool accumulate) =>
        _gradients.ForWriting(input.Slot, out accumulate).Reshape(input.Shape);

    /// <summary>For a backward: passes the gradient of a result on to an input unchanged, without a copy where possible.</summary>
    internal void PassGradient(Tensor output, Tensor input)
    {
        if (!_gradients.Has(input.Slot))
        {
            _gradients.Share(output.Slot, input.Slot);
        }
        else
        {
            // The target is made writable first: the two slots may share a buffer, which must not change under the source.
            Tensor target = _gradients.ForWriting(input.Slot, out _);
            Add.Accumulate(Device, _gradients.Get(output.Slot).Reshape(target.Shape), target);
        }
    }

    /// <summary>Runs a checkpointed block again, with recording, and walks back through it.</summary>
    internal void BackwardThrough(CheckpointNode checkpoint)
    {
        int mark = _nodeCount;
        _lastRecordedValue = _valueCount;
        Tensor again = checkpoint.Block.Forward(this, checkpoint.Input, checkpoint.Offsets);
        if (again.IsDifferentiable)
        {
            PassGradient(checkpoint.Output, again);
            _gradients.Release(checkpoint.Output.Slot);
        }

        BackwardTo(mark);
    }

    private void BackwardTo(int mark)
    {
        while (_nodeCount > mark)
        {
            Node node = _nodes[--_nodeCount];
            bool reached = IsReached(node.Output) || IsReached(node.SecondOutput);
            if (reached)
            {
                node.Backward(this);
            }

            Release(node.Output);
            Release(node.SecondOutput);
            FreeValuesFrom(node.FirstValue);
            _pools.Return(node);
        }
    }

    private Node MakerOf(Tensor output)
    {
        for (int i = _nodeCount - 1; i >= 0; i--)
        {
            if (_nodes[i].Output.IsDifferentiable && _nodes[i].Output.Slot == output.Slot)
            {
                return _nodes[i];
            }
        }

        throw new InvalidOperationException($"Tape: {output} is not the first result of a recorded operation. This is a bug in Avion.");
    }

    private bool IsReached(Tensor output) => output.IsDifferentiable && _gradients.Has(output.Slot);

    private void Release(Tensor output)
    {
        if (output.IsDifferentiable)
        {
            _gradients.Release(output.Slot);
        }
    }

    private void FreeValuesFrom(int mark)
    {
        while (_valueCount > mark)
        {
            // What was forgotten is free already.
            nint memory = _values[--_valueCount];
            if (memory != 0)
            {
                Arena.Free(memory);
            }
        }

        _lastRecordedValue = Math.Min(_lastRecordedValue, mark);
    }
}
