using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What devices whose memory the host can address share: allocation and copies.</summary>
public abstract unsafe class HostDevice : Device
{
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
    public override void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        CheckSameSize("Device.Upload", source.Length, destination.Count);
        if (destination.Type == ElementType.Float32)
        {
            source.CopyTo(new Span<float>((void*)destination.Data, source.Length));
            return;
        }

        CheckType(destination, ElementType.Float64);
        double* target = (double*)destination.Data;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    /// <inheritdoc />
    public override void Download(Tensor source, Span<float> destination)
    {
        CheckSameSize("Device.Download", source.Count, destination.Length);
        if (source.Type == ElementType.Float32)
        {
            new ReadOnlySpan<float>((void*)source.Data, destination.Length).CopyTo(destination);
            return;
        }

        CheckType(source, ElementType.Float64);
        double* values = (double*)source.Data;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)values[i];
        }
    }

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<int> source, Tensor destination)
    {
        CheckSameSize("Device.Upload", source.Length, destination.Count);
        CheckType(destination, ElementType.Int32);
        source.CopyTo(new Span<int>((void*)destination.Data, source.Length));
    }

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<byte> source, Tensor destination)
    {
        CheckSameSize("Device.Upload", source.Length, destination.Count);
        CheckType(destination, ElementType.UInt8);
        source.CopyTo(new Span<byte>((void*)destination.Data, source.Length));
    }

    private static void CheckType(Tensor tensor, ElementType expected)
    {
        if (tensor.Type != expected)
        {
            throw new ArgumentException($"A tensor of type {tensor.Type} cannot be copied as {expected}.");
        }
    }
}
