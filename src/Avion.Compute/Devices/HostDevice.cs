using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What devices whose memory the host can address share: allocation and copies.</summary>
public abstract unsafe class HostDevice : Device
{
    private protected HostDevice(DeviceDescription description)
        : base(description)
    {
    }

    /// <inheritdoc />
    internal override nint AllocateMemory(long bytes) => (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), Alignment);

    /// <inheritdoc />
    internal override void FreeMemory(nint memory, long bytes) => NativeMemory.AlignedFree((void*)memory);

    /// <inheritdoc />
    public override void Clear(Tensor tensor) => NativeMemory.Clear((void*)tensor.Data, (nuint)tensor.ByteCount);

    /// <inheritdoc />
    public override void Copy(Tensor source, Tensor destination)
    {
        CheckSameSize("Device.Copy", source.ByteCount, destination.ByteCount);
        Buffer.MemoryCopy((void*)source.Data, (void*)destination.Data, destination.ByteCount, source.ByteCount);
    }

    /// <inheritdoc />
    public override void Fill(Tensor tensor, double value)
    {
        // In parts, because a span has at most 2^31 - 1 elements.
        for (long first = 0; first < tensor.Count; first += int.MaxValue)
        {
            int count = (int)Math.Min(int.MaxValue, tensor.Count - first);
            switch (tensor.Type)
            {
                case ElementType.Float32: new Span<float>((float*)tensor.Data + first, count).Fill((float)value); break;
                case ElementType.BFloat16: new Span<BFloat16>((BFloat16*)tensor.Data + first, count).Fill((BFloat16)(float)value); break;
                case ElementType.Float64: new Span<double>((double*)tensor.Data + first, count).Fill(value); break;
                case ElementType.Int32: new Span<int>((int*)tensor.Data + first, count).Fill(checked((int)value)); break;
                default: throw new ArgumentException($"Device.Fill: {tensor} is not of a type that can be filled.");
            }
        }
    }

    /// <inheritdoc />
    public override void FillRamp(Tensor tensor, int first, int step)
    {
        for (int i = 0; i < tensor.Count; i++)
        {
            ((int*)tensor.Data)[i] = first + (i * step);
        }
    }

    /// <inheritdoc />
    internal override void CopyLate(Tensor source, nint destination) =>
        Buffer.MemoryCopy((void*)source.Data, (void*)destination, source.ByteCount, source.ByteCount);

    private protected override void CopyIn(ReadOnlySpan<float> source, Tensor destination)
    {
        if (destination.Type == ElementType.Float32)
        {
            source.CopyTo(new Span<float>((void*)destination.Data, source.Length));
            return;
        }

        if (destination.Type == ElementType.BFloat16)
        {
            fixed (float* numbers = source)
            {
                RowArithmetic.Copy(numbers, source.Length, (BFloat16*)destination.Data);
            }

            return;
        }

        double* target = (double*)destination.Data;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    private protected override void CopyIn(ReadOnlySpan<byte> source, Tensor destination) =>
        source.CopyTo(new Span<byte>((void*)destination.Data, source.Length));

    private protected override void CopyOut(Tensor source, Span<float> destination)
    {
        if (source.Type == ElementType.Float32)
        {
            new ReadOnlySpan<float>((void*)source.Data, destination.Length).CopyTo(destination);
            return;
        }

        if (source.Type == ElementType.BFloat16)
        {
            fixed (float* numbers = destination)
            {
                RowArithmetic.Copy((BFloat16*)source.Data, destination.Length, numbers);
            }

            return;
        }

        double* values = (double*)source.Data;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)values[i];
        }
    }

    private protected override void CopyOut(Tensor source, Span<byte> destination) =>
        new ReadOnlySpan<byte>((void*)source.Data, destination.Length).CopyTo(destination);
}
