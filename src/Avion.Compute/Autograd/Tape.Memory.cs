namespace Avion.Compute;

/// <content>Step-scoped memory by purpose: activations, statistics, results with a gradient, a batch of the loader.</content>
public sealed partial class Tape
{
    // A span has at most 2^31 - 1 bytes, a batch of clips may have more.
    private const long UploadBytes = 1L << 30;

    /// <summary>Takes step-scoped memory for a constant: inputs and scratch, through which no gradient flows.</summary>
    public Tensor Allocate(Shape shape, ElementType type)
    {
        long bytes = shape.Count * type.SizeInBytes();
        nint memory = Arena.Allocate(bytes);
        Device.CountTensor(type, bytes);
        if (_valueCount == _values.Length)
        {
            Array.Resize(ref _values, _values.Length * 2);
        }

        _values[_valueCount++] = memory;
        return new Tensor(memory, shape, type);
    }

    /// <summary>Takes step-scoped memory for activations.</summary>
    public Tensor Allocate(Shape shape) => Allocate(shape, Device.ActivationType);

    /// <summary>Takes step-scoped memory for numbers that must not be rounded to the activations' type, such as a row's mean.</summary>
    public Tensor AllocateStatistics(Shape shape) => Allocate(shape, Device.AccumulationType);

    /// <summary>A batch's data as a constant: in place where the device addresses host memory, else a copy, made before the step.</summary>
    /// <param name="hostMemory">What the loader filled, which outlives the step.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="type">UInt8 or Int32.</param>
    public unsafe Tensor Import(nint hostMemory, Shape shape, ElementType type)
    {
        if (Device.AddressesHostMemory)
        {
            return Tensor.Wrap(hostMemory, shape, type);
        }

        Tensor copy = Allocate(shape, type), bytes = Tensor.Wrap(copy.Data, Shape.Flat(copy.ByteCount), ElementType.UInt8);
        for (long first = 0; first < bytes.Count; first += UploadBytes)
        {
            int count = (int)Math.Min(UploadBytes, bytes.Count - first);
            Device.Upload(new ReadOnlySpan<byte>((byte*)hostMemory + first, count), bytes.Part(first, count));
        }

        return copy;
    }

    /// <summary>Numbers from the host as a constant of the accumulations' type, such as a loss's targets; before the step.</summary>
    /// <param name="values">As many as the shape has elements.</param>
    /// <param name="shape">Extents.</param>
    public Tensor ImportStatistics(ReadOnlySpan<float> values, Shape shape)
    {
        Tensor tensor = AllocateStatistics(shape);
        Device.Upload(values, tensor);
        return tensor;
    }

    /// <summary>Takes memory for an operation's result.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="differentiable">Whether any input or parameter of the operation wants a gradient; see
    /// <see cref="Wants(Tensor)"/>.</param>
    public Tensor Output(Shape shape, bool differentiable) => Output(shape, differentiable, Device.ActivationType);

    /// <summary>Takes memory for a result of another type than activations have, as its gradient then is.</summary>
    public Tensor Output(Shape shape, bool differentiable, ElementType type) => WithGradient(Allocate(shape, type), differentiable);

    /// <summary>Takes memory for a loss, a scalar that is not rounded to the activations' type.</summary>
    /// <param name="differentiable">Whether any input or parameter of the operation wants a gradient.</param>
    public Tensor LossOutput(bool differentiable) => Output(Shape.Scalar, differentiable, Device.AccumulationType);

    /// <summary>A result that reuses the memory of an input which nobody else needs, as in-place operations do.</summary>
    public Tensor OutputInPlace(Tensor input, bool differentiable) => WithGradient(input, differentiable);

    private Tensor WithGradient(Tensor output, bool differentiable) => differentiable && IsRecording
        ? new Tensor(output.Data, output.Shape, output.Type, _gradients.NewSlot(output.Shape, output.Type))
        : output.Detach();
}
