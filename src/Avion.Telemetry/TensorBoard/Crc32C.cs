using System.Numerics;

namespace Avion.Telemetry;

/// <summary>The CRC-32C checksum (Castagnoli polynomial) that frames TensorBoard records.</summary>
/// <remarks>Initial and final value 0xFFFFFFFF (RFC 3720, appendix B.4).</remarks>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The checksum as TFRecord files store it: rotated and offset, so that a checksum of stored checksums stays useful.</summary>
    public static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = Compute(data);
        return BitOperations.RotateRight(crc, 15) + 0xA282EAD8;
    }
}
