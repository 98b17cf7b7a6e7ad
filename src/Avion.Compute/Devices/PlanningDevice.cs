namespace Avion.Compute;

/// <summary>Runs no kernel: a step on it costs microseconds and tells its memory, operations and kernel calls.</summary>
/// <remarks>
/// The same model code and the same <see cref="Arena"/> give the same sequence of allocations as on a real device with
/// <see cref="FloatType"/>, so the peak that the arena reports is the peak that the step will use. Addresses are fictitious.
/// </remarks>
public sealed class PlanningDevice : Device
{
    private long _next = 1L << 40;

    /// <summary>Plans for a device whose activations have this type.</summary>
    /// <param name="floatType">Type of activations, parameters and gradients.</param>
    /// <param name="workerCount">Threads, each of which takes scratch memory; 0 for one per core.</param>
    public PlanningDevice(ElementType floatType = ElementType.Float32, int workerCount = 0)
    {
        FloatType = floatType;
        WorkerCount = workerCount == 0 ? Environment.ProcessorCount : workerCount;
    }

    /// <inheritdoc />
    public override string Name => "planning (computes nothing)";

    /// <inheritdoc />
    public override ElementType FloatType { get; }

    /// <inheritdoc />
    public override int WorkerCount { get; }

    /// <inheritdoc />
    internal override nint AllocateMemory(long bytes)
    {
        nint address = (nint)_next;
        _next += (bytes + (1L << 20)) / (1L << 20) * (1L << 20);
        return address;
    }

    /// <inheritdoc />
    internal override void FreeMemory(nint memory, long bytes)
    {
    }

    /// <inheritdoc />
    public override void Clear(Tensor tensor)
    {
    }

    /// <inheritdoc />
    public override void Copy(Tensor source, Tensor destination)
    {
    }

    /// <inheritdoc />
    public override void Fill(Tensor tensor, double value)
    {
    }

    /// <inheritdoc />
    public override bool AddressesHostMemory => true;

    /// <inheritdoc />
    internal override unsafe void CopyLate(Tensor source, nint destination) =>
        new Span<byte>((void*)destination, (int)source.ByteCount).Clear();

    private protected override void CopyIn(ReadOnlySpan<float> source, Tensor destination)
    {
    }

    private protected override void CopyIn(ReadOnlySpan<byte> source, Tensor destination)
    {
    }

    private protected override void CopyOut(Tensor source, Span<float> destination) => destination.Clear();

    private protected override void CopyOut(Tensor source, Span<byte> destination) => destination.Clear();
}
