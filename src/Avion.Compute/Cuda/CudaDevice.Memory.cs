using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <content>Memory, fills and copies.</content>
public sealed unsafe partial class CudaDevice
{
    private const int FillThreads = 256;

    private static readonly CudaKernel s_fillDouble = new("Fill", "fill_double"), s_ramp = new("Fill", "ramp");

    /// <inheritdoc />
    internal override nint AllocateMemory(long bytes) => Driver.Allocate(Math.Max(1, bytes));

    /// <inheritdoc />
    internal override void FreeMemory(nint memory, long bytes) => Driver.Free(memory);

    /// <inheritdoc />
    public override void Clear(Tensor tensor)
    {
        if (tensor.Count > 0)
        {
            Driver.SetBytes(tensor.Data, 0, tensor.ByteCount, Stream);
        }
    }

    /// <inheritdoc />
    public override void Copy(Tensor source, Tensor destination)
    {
        CheckSameSize("Device.Copy", source.ByteCount, destination.ByteCount);
        if (source.Count > 0)
        {
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

        switch (tensor.Type)
        {
            case ElementType.Float32:
                Driver.SetWords(tensor.Data, BitConverter.SingleToUInt32Bits((float)value), tensor.Count, Stream);
                break;
            case ElementType.Int32:
                Driver.SetWords(tensor.Data, (uint)checked((int)value), tensor.Count, Stream);
                break;
            case ElementType.BFloat16:
                Driver.SetShorts(tensor.Data, Cast.RoundToBFloat16(BitConverter.SingleToUInt32Bits((float)value)), tensor.Count, Stream);
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

    private protected override void CopyIn(ReadOnlySpan<float> source, Tensor destination)
    {
        switch (destination.Type)
        {
            case ElementType.Float32:
                CopyIn(MemoryMarshal.AsBytes(source), destination);
                break;
            case ElementType.Float64:
                double[] doubles = new double[source.Length];
                for (int i = 0; i < doubles.Length; i++)
                {
                    doubles[i] = source[i];
                }

                CopyIn(MemoryMarshal.AsBytes<double>(doubles), destination);
                break;
            default:
                ushort[] halves = new ushort[source.Length];
                for (int i = 0; i < halves.Length; i++)
                {
                    halves[i] = Cast.RoundToBFloat16(BitConverter.SingleToUInt32Bits(source[i]));
                }

                CopyIn(MemoryMarshal.AsBytes<ushort>(halves), destination);
                break;
        }
    }

    private protected override void CopyIn(ReadOnlySpan<byte> source, Tensor destination)
    {
        if (source.Length > 0)
        {
            fixed (byte* bytes = source)
            {
                Driver.CopyToDevice(destination.Data, bytes, source.Length, Stream);
                Synchronize();
            }
        }
    }

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
            fixed (byte* bytes = destination)
            {
                Driver.CopyToHost(bytes, source.Data, destination.Length, Stream);
                Synchronize();
            }
        }
    }
}
