using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <content>Memory, fills and copies.</content>
public sealed unsafe partial class CudaDevice
{
    private const int FillThreads = 256;

    private static readonly CudaKernel s_fillDouble = new("Fill", "fill_double"), s_ramp = new("Fill", "ramp");

    // Host memory that could not be page-locked.
    private readonly HashSet<nint> _pageable = [];
    private readonly UploadRing _uploads;

    /// <inheritdoc />
    public override long? FreeMemoryBytes => Driver.MemoryInformation().Free;

    /// <inheritdoc />
    internal override nint AllocateMemory(long bytes) => Driver.Allocate(Math.Max(1, bytes));

    /// <inheritdoc />
    internal override void FreeMemory(nint memory, long bytes) => Driver.Free(memory);

    /// <inheritdoc />
    public override nint AllocateHostMemory(long bytes)
    {
        try
        {
            return Driver.AllocatePinned(Math.Max(1, bytes));
        }
        catch (CudaException error) when (error.IsOfPinning)
        {
            // The system locks no more pages: ordinary memory does the same work, and the host waits for its copies.
            nint memory = base.AllocateHostMemory(bytes);
            lock (_pageable)
            {
                _pageable.Add(memory);
            }

            return memory;
        }
    }

    /// <inheritdoc />
    public override void FreeHostMemory(nint memory)
    {
        lock (_pageable)
        {
            if (_pageable.Remove(memory))
            {
                base.FreeHostMemory(memory);
                return;
            }
        }

        Driver.FreePinned(memory);
    }

    /// <inheritdoc />
    public override void Clear(Tensor tensor)
    {
        if (tensor.Count > 0)
        {
            NoteWork((ulong)tensor.Data, (ulong)tensor.ByteCount);
            Driver.SetBytes(tensor.Data, 0, tensor.ByteCount, Stream);
        }
    }

    /// <inheritdoc />
    public override void Copy(Tensor source, Tensor destination)
    {
        CheckSameSize("Device.Copy", source.ByteCount, destination.ByteCount);
        if (source.Count > 0)
        {
            NoteWork((ulong)source.Data, (ulong)destination.Data, (ulong)source.ByteCount);
            Driver.CopyOnDevice(destination.Data, source.Data, source.ByteCount, Stream);
        }
    }

    /// <inheritdoc />
    public override void Fill(Tensor tensor, double value)
    {
        if (tensor.Count == 0)
        {
            return;
        }

        NoteWork((ulong)tensor.Data, (ulong)tensor.Count, BitConverter.DoubleToUInt64Bits(value));
        switch (tensor.Type)
        {
            case ElementType.Float32:
                Driver.SetWords(tensor.Data, BitConverter.SingleToUInt32Bits((float)value), tensor.Count, Stream);
                break;
            case ElementType.Int32:
                Driver.SetWords(tensor.Data, (uint)checked((int)value), tensor.Count, Stream);
                break;
            case ElementType.BFloat16:
                Driver.SetShorts(tensor.Data, ((BFloat16)(float)value).Bits, tensor.Count, Stream);
                break;
            case ElementType.Float64:
                Launch(s_fillDouble, ElementType.Float32, ElementGrid(tensor.Count, FillThreads, 1), FillThreads,
                    [tensor.Data, value, tensor.Count]);
                break;
            default:
                throw new ArgumentException($"Device.Fill: {tensor} is not of a type that can be filled.");
        }
    }

    /// <inheritdoc />
    public override void FillRamp(Tensor tensor, int first, int step) =>
        Launch(s_ramp, ElementType.Float32, ElementGrid(tensor.Count, FillThreads, 1), FillThreads, [tensor.Data, first, step, tensor.Count]);

    /// <inheritdoc />
    internal override void CopyLate(Tensor source, nint destination) =>
        Driver.CopyToHost((void*)destination, source.Data, source.ByteCount, Stream);

    private protected override void CopyIn(ReadOnlySpan<float> source, Tensor destination) => _uploads.Send(source, destination);

    private protected override void CopyIn(ReadOnlySpan<byte> source, Tensor destination) => _uploads.Send(source, destination.Data);

    private protected override void CopyOut(Tensor source, Span<float> destination)
    {
        if (source.Type == ElementType.Float32)
        {
            CopyOut(source, MemoryMarshal.AsBytes(destination));
            return;
        }

        byte[] bytes = new byte[source.ByteCount];
        CopyOut(source, bytes);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source.Type == ElementType.Float64 ? (float)BitConverter.ToDouble(bytes, 8 * i)
                : BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * i) << 16);
        }
    }

    private protected override void CopyOut(Tensor source, Span<byte> destination)
    {
        if (destination.Length > 0)
        {
            WaitWatched();
            fixed (byte* bytes = destination)
            {
                Driver.CopyToHost(bytes, source.Data, destination.Length, Stream);
                Driver.Synchronize(Stream);
            }
        }
    }
}
