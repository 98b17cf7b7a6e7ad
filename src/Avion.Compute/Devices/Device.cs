namespace Avion.Compute;

/// <summary>A place where tensors live and kernels run.</summary>
/// <remarks>
/// Every kernel has one dispatch that switches over the device types: <see cref="CpuDevice"/> computes in float32,
/// <see cref="ReferenceDevice"/> computes the same in double precision with plain loops, <see cref="PlanningDevice"/> computes
/// nothing and only counts. Host memory reaches a device, and leaves it, through <see cref="Upload(ReadOnlySpan{float}, Tensor)"/> and
/// <see cref="Download"/>.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>Bytes to which every allocation is aligned and rounded.</summary>
    public const int Alignment = 64;

    /// <summary>For messages and logs, such as "cpu (AVX-512, 2 threads)".</summary>
    public abstract string Name { get; }

    /// <summary>Element type of activations, parameters and gradients.</summary>
    public abstract ElementType FloatType { get; }

    /// <summary>Threads that run chunks of one kernel at a time, each of which may need scratch memory of its own.</summary>
    public virtual int WorkerCount => 1;

    /// <summary>Multiply-adds count as two; the sum over all kernels since <see cref="ResetCounters"/>.</summary>
    public long FlopCount { get; private set; }

    /// <summary>Kernel calls since <see cref="ResetCounters"/>.</summary>
    public long KernelCount { get; private set; }

    /// <summary>Receives every kernel call while set; null costs nothing.</summary>
    public IOperationTrace? Trace { get; set; }

    /// <summary>Sets the counters to zero.</summary>
    public void ResetCounters() => (FlopCount, KernelCount) = (0, 0);

    /// <summary>Opens the span of one kernel call, which its disposal ends.</summary>
    /// <param name="operation">Constant name, such as "LayerNorm.Forward".</param>
    /// <param name="flops">Floating-point operations that the contract states.</param>
    /// <param name="bytes">Bytes of memory traffic that the contract states.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OperationScope Begin(string operation, long flops, long bytes)
    {
        FlopCount += flops;
        KernelCount++;
        Trace?.Begin(operation, flops, bytes);
        return new OperationScope(Trace);
    }

    /// <summary>Opens a named part of a step around kernel calls, such as "backward", which its
    /// disposal ends; seen by a trace alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PhaseScope Phase(string name)
    {
        Trace?.BeginPhase(name);
        return new PhaseScope(Trace);
    }

    /// <summary>Takes memory of at least <paramref name="bytes"/> bytes, aligned to <see cref="Alignment"/>, with any content.</summary>
    internal abstract nint AllocateMemory(long bytes);

    /// <summary>Gives back what <see cref="AllocateMemory"/> returned.</summary>
    internal abstract void FreeMemory(nint memory, long bytes);

    /// <summary>Sets every byte to zero.</summary>
    public abstract void Clear(Tensor tensor);

    /// <summary>Copies one tensor onto another with as many elements of the same type.</summary>
    public abstract void Copy(Tensor source, Tensor destination);

    /// <summary>Copies numbers from the host to a tensor of the device's float type, converting.</summary>
    public abstract void Upload(ReadOnlySpan<float> source, Tensor destination);

    /// <summary>Copies a tensor of the device's float type to the host, converting.</summary>
    public abstract void Download(Tensor source, Span<float> destination);

    /// <summary>Copies whole numbers, such as token identifiers, from the host.</summary>
    public abstract void Upload(ReadOnlySpan<int> source, Tensor destination);

    /// <summary>Copies bytes, such as pixels, from the host.</summary>
    public abstract void Upload(ReadOnlySpan<byte> source, Tensor destination);

    /// <summary>Waits until all work is done.</summary>
    public virtual void Synchronize()
    {
    }

    /// <summary>The exception for a kernel that a device does not have.</summary>
    internal NotSupportedException Lacks(string operation) =>
        new($"{operation} has no kernel for device '{Name}'. Run on the CPU, or add the kernel: see CONTRIBUTING.md, 'Add an op'.");

    /// <summary>Releases what the device holds.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected static void CheckSameSize(string operation, long source, long destination)
    {
        if (source != destination)
        {
            throw new ArgumentException($"{operation}: the source has {source} elements, the destination {destination}.");
        }
    }
}

/// <summary>Receives the begin and end of every kernel call of a device.</summary>
public interface IOperationTrace
{
    /// <summary>A kernel call begins.</summary>
    void Begin(string operation, long flops, long bytes);

    /// <summary>The kernel call that began last ends.</summary>
    void End();

    /// <summary>A part of a step begins, within the part that began last.</summary>
    void BeginPhase(string name);

    /// <summary>The part that began last ends.</summary>
    void EndPhase();
}

/// <summary>Ends the span of a kernel call when disposed.</summary>
public readonly ref struct OperationScope
{
    private readonly IOperationTrace? _trace;

    internal OperationScope(IOperationTrace? trace) => _trace = trace;

    /// <summary>Ends the span.</summary>
    public void Dispose() => _trace?.End();
}

/// <summary>Ends a part of a step when disposed.</summary>
public readonly ref struct PhaseScope
{
    private readonly IOperationTrace? _trace;

    internal PhaseScope(IOperationTrace? trace) => _trace = trace;

    /// <summary>Ends the part.</summary>
    public void Dispose() => _trace?.EndPhase();
}
