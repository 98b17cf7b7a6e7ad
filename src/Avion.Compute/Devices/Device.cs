using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>A place where tensors live and kernels run.</summary>
/// <remarks>
/// Every kernel has one dispatch that switches over the device types: <see cref="CpuDevice"/> computes in float32
/// or bfloat16, <see cref="CudaDevice"/> the same on a GPU, <see cref="ReferenceDevice"/> the same in double precision with plain
/// loops; <see cref="PlanningDevice"/> computes nothing and only counts, so that it needs no case of its own
/// (<see cref="RequirePlanning"/>). Host memory reaches a device, and leaves it, through
/// <see cref="Upload(ReadOnlySpan{float}, Tensor)"/>, after which the source may be used again, and
/// <see cref="Download(Tensor, Span{float})"/>, which waits for the device: inside a step, within <see cref="ForbidHostAccess"/>, both fail.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>Bytes to which memory is aligned on every device at least.</summary>
    public const int Alignment = 64;

    private const int HostPageBytes = 4096;

    private int _forbiddenDepth;

    private protected Device(DeviceDescription description) => Description = description;

    /// <summary>What a plan needs to know of the device.</summary>
    public DeviceDescription Description { get; }

    /// <summary>For messages and logs, such as "cpu (AVX-512, 2 threads)".</summary>
    public abstract string Name { get; }

    /// <summary>What decides the last digits of results beside seed, data and shapes.</summary>
    public virtual DeviceArithmetic Arithmetic => new("none", Name);

    /// <summary>Element type of activations, of their gradients, and of the weights that products read.</summary>
    public ElementType ActivationType => Description.ActivationType;

    /// <summary>Element type of what adds up or must not be rounded: master parameters, gradients, optimizer states, statistics,
    /// losses.</summary>
    public ElementType AccumulationType => Description.AccumulationType;

    /// <summary>Bytes to which every allocation is aligned and rounded.</summary>
    public int AlignmentBytes => Description.AlignmentBytes;

    /// <summary>Most bytes of scratch that kernels held at once, beside the memory of tapes.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>Memory of the device's own that nobody uses now; null where it has none.</summary>
    public virtual long? FreeMemoryBytes => null;

    /// <summary>Multiply-adds count as two; the sum over all kernels since <see cref="ResetCounters"/>.</summary>
    public long FlopCount { get; private set; }

    /// <summary>Kernel calls since <see cref="ResetCounters"/>.</summary>
    public long KernelCount { get; private set; }

    /// <summary>Receives every kernel call while set; null costs nothing.</summary>
    public IOperationTrace? Trace { get; set; }

    /// <summary>Sets the counters to zero.</summary>
    public virtual void ResetCounters() => (FlopCount, KernelCount) = (0, 0);

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

    /// <summary>Counts kernel calls that the device repeats.</summary>
    internal void CountRepeated(long flops, long kernels) => (FlopCount, KernelCount) = (FlopCount + flops, KernelCount + kernels);

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

    /// <summary>Takes memory of the host that the device copies from and to without the host waiting: page-locked where the device has
    /// memory of its own. Any thread may call it.</summary>
    public virtual unsafe nint AllocateHostMemory(long bytes) =>
        (nint)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, bytes)), HostPageBytes);

    /// <summary>Gives back what <see cref="AllocateHostMemory"/> returned. Any thread may call it.</summary>
    public virtual unsafe void FreeHostMemory(nint memory) => NativeMemory.AlignedFree((void*)memory);

    /// <summary>Hears of every step-scoped tensor; for plans.</summary>
    internal virtual void CountTensor(ElementType type, long bytes)
    {
    }

    /// <summary>Gives back what <see cref="AllocateMemory"/> returned.</summary>
    internal abstract void FreeMemory(nint memory, long bytes);

    /// <summary>Sets every byte to zero.</summary>
    public abstract void Clear(Tensor tensor);

    /// <summary>Copies one tensor onto another with as many elements of the same type.</summary>
    public abstract void Copy(Tensor source, Tensor destination);

    /// <summary>Sets every element to one number.</summary>
    public abstract void Fill(Tensor tensor, double value);

    /// <summary>Sets element i of whole numbers to first + i · step.</summary>
    public abstract void FillRamp(Tensor tensor, int first, int step);

    /// <summary>Copies numbers from the host to a tensor of floating-point numbers, converting.</summary>
    public void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        CheckHostAccess("Device.Upload", source.Length, destination);
        CopyIn(source, destination);
    }

    /// <summary>Copies whole numbers, such as token identifiers, from the host.</summary>
    public void Upload(ReadOnlySpan<int> source, Tensor destination)
    {
        CheckHostAccess("Device.Upload", source.Length, destination, ElementType.Int32);
        CopyIn(MemoryMarshal.AsBytes(source), destination);
    }

    /// <summary>Copies bytes, such as pixels, from the host.</summary>
    public void Upload(ReadOnlySpan<byte> source, Tensor destination)
    {
        CheckHostAccess("Device.Upload", source.Length, destination, ElementType.UInt8);
        CopyIn(source, destination);
    }

    /// <summary>Copies a tensor of floating-point numbers to the host, converting; waits for the device.</summary>
    public void Download(Tensor source, Span<float> destination)
    {
        CheckHostAccess("Device.Download", destination.Length, source);
        CopyOut(source, destination);
    }

    /// <summary>Copies bytes to the host; waits for the device.</summary>
    public void Download(Tensor source, Span<byte> destination)
    {
        CheckHostAccess("Device.Download", destination.Length, source, ElementType.UInt8);
        CopyOut(source, destination);
    }

    /// <summary>Whether kernels can read host memory, so that a batch is used where the loader put it.</summary>
    public bool AddressesHostMemory => Description.AddressesHostMemory;

    /// <summary>Copies a tensor to host memory in the order of the device's work, without waiting: it is there when what
    /// <see cref="Mark"/> returns next has been waited for.</summary>
    internal abstract void CopyLate(Tensor source, nint destination);

    /// <summary>Names the work that was given to the device so far.</summary>
    internal virtual long Mark() => 0;

    /// <summary>Waits until the work that a <see cref="Mark"/> names is done.</summary>
    internal virtual void WaitFor(long mark)
    {
    }

    /// <summary>Waits until all work is done.</summary>
    public virtual void Synchronize()
    {
    }

    /// <summary>Waits until memory may be given back: until all work is done, or at once where the device is lost and does no more.</summary>
    internal virtual void Settle() => Synchronize();

    /// <summary>Makes <see cref="Upload(ReadOnlySpan{float}, Tensor)"/> and <see cref="Download(Tensor, Span{float})"/> fail until
    /// the result is disposed.</summary>
    /// <remarks>Inside a step the host neither reads nor writes device memory, so that the step can be captured as a graph.</remarks>
    public HostAccessScope ForbidHostAccess()
    {
        _forbiddenDepth++;
        return new HostAccessScope(this);
    }

    internal void AllowHostAccess() => _forbiddenDepth--;

    private protected abstract void CopyIn(ReadOnlySpan<float> source, Tensor destination);

    private protected abstract void CopyIn(ReadOnlySpan<byte> source, Tensor destination);

    private protected abstract void CopyOut(Tensor source, Span<float> destination);

    private protected abstract void CopyOut(Tensor source, Span<byte> destination);

    /// <summary>Where a kernel has no case for the device: right if it only plans, an error if it computes.</summary>
    internal virtual void RequirePlanning(string operation) =>
        throw new NotSupportedException(
            $"{operation} has no kernel for device '{Name}'. Run on the CPU, or add the kernel: see CONTRIBUTING.md, 'Add an op'.");

    /// <summary>Releases what the device holds.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected static void CheckSameSize(string operation, long source, long destination)
    {
        if (source != destination)
        {
            throw new ArgumentException($"{operation}: the source has {source} elements, the destination {destination}.");
        }
    }

    private void CheckHostAccess(string operation, int hostCount, Tensor tensor, ElementType? expected = null)
    {
        if (_forbiddenDepth > 0)
        {
            throw new InvalidOperationException($"{operation} of {tensor} inside a step: the host would wait for the device, and the step "
                + "could not be captured as a graph. Copy before the step begins, or read a step late (LateScalars).");
        }

        if (hostCount != tensor.Count)
        {
            throw new ArgumentException($"{operation}: the host has {hostCount} elements, the tensor {tensor} has {tensor.Count}.");
        }

        bool fits = expected is { } type ? tensor.Type == type
            : tensor.Type is ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16;
        if (!fits)
        {
            throw new ArgumentException($"{operation}: {tensor} cannot be copied as {expected?.ToString() ?? "floating-point numbers"}.");
        }
    }
}
