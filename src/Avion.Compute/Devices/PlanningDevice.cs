namespace Avion.Compute;

/// <summary>Runs no kernel: a step on it costs microseconds and tells its memory, operations and kernel calls on another device.</summary>
/// <remarks>
/// The same model code and the same <see cref="Arena"/> give the same sequence of allocations as on the device that the
/// <see cref="Device.Description"/> names, so the peak that the arena reports is the peak that the step will use, and
/// <see cref="Device.ScratchBytes"/> what its kernels take beside. Addresses are fictitious.
/// </remarks>
public sealed class PlanningDevice : Device
{
    private readonly ScratchMemory _scratch;
    private readonly long[] _tensorBytes = new long[Enum.GetValues<ElementType>().Length];
    private long _next = 1L << 40;

    /// <summary>Plans for the processor of this machine.</summary>
    public PlanningDevice()
        : this(DeviceDescription.Cpu())
    {
    }

    private PlanningDevice(DeviceDescription description)
        : base(description) => _scratch = new ScratchMemory(this);

    /// <inheritdoc />
    public override string Name => $"planning for {Description.Name} (computes nothing)";

    /// <inheritdoc />
    public override long ScratchBytes => _scratch.PeakBytes;

    /// <summary>Bytes of all step-scoped tensors of a type since <see cref="ResetCounters"/>, were they there at once or not.</summary>
    public long TensorBytes(ElementType type) => _tensorBytes[(int)type];

    /// <inheritdoc />
    public override void ResetCounters()
    {
        base.ResetCounters();
        _tensorBytes.AsSpan().Clear();
    }

    /// <summary>Plans for a device, which need not be there.</summary>
    public static PlanningDevice For(DeviceDescription description) => new(description);

    /// <summary>Takes and gives back what a kernel of the processor takes; nothing where the plan is for another device.</summary>
    /// <param name="floatCount">Numbers of scratch of the call, whatever worker takes them.</param>
    /// <param name="floatsPerWorker">Numbers of scratch of each worker.</param>
    internal void PlanCpuScratch(long floatCount, long floatsPerWorker = 0)
    {
        if (Description.WorkerCount > 0)
        {
            _scratch.Take(floatCount + (Description.WorkerCount * floatsPerWorker)).Dispose();
        }
    }

    /// <summary>Takes and gives back what a kernel of a GPU takes; nothing where the plan is for another device.</summary>
    /// <param name="floatCount">Numbers of scratch of the call.</param>
    internal void PlanCudaScratch(long floatCount)
    {
        if (!Description.AddressesHostMemory)
        {
            _scratch.Take(floatCount).Dispose();
        }
    }

    /// <summary>What the device holds for intermediate results of kernels and of the library of matrix products.</summary>
    public long WorkspaceBytes => Description.AddressesHostMemory
        ? ScratchBytes
        : Description.LibraryBytes + Math.Max(Arena.DefaultSlabBytes, ScratchBytes);

    internal override void CountTensor(ElementType type, long bytes) => _tensorBytes[(int)type] += bytes;

    /// <inheritdoc />
    internal override void RequirePlanning(string operation)
    {
    }

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
    public override void FillRamp(Tensor tensor, int first, int step)
    {
    }

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
