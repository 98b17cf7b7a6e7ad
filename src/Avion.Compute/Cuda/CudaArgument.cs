namespace Avion.Compute;

/// <summary>A value for a kernel's parameter: up to eight bytes, and how many.</summary>
internal readonly struct CudaArgument
{
    private CudaArgument(ulong bits, int bytes) => (Bits, Bytes) = (bits, bytes);

    /// <summary>The value, its first byte lowest.</summary>
    public ulong Bits { get; }

    /// <summary>Size of the value.</summary>
    public int Bytes { get; }

    public static implicit operator CudaArgument(nint address) => new((ulong)address, sizeof(ulong));

    public static implicit operator CudaArgument(long value) => new((ulong)value, sizeof(long));

    public static implicit operator CudaArgument(int value) => new((uint)value, sizeof(int));

    public static implicit operator CudaArgument(float value) => new(BitConverter.SingleToUInt32Bits(value), sizeof(float));

    public static implicit operator CudaArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value), sizeof(double));

    public static implicit operator CudaArgument(bool value) => new(value ? 1u : 0, sizeof(int));
}
