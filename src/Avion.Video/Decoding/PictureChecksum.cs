using System.Numerics;

namespace Avion.Video;

/// <summary>CRC-32C of a decoded picture's samples, by which two decodings of it are compared.</summary>
internal static unsafe class PictureChecksum
{
    /// <summary>The checksum of the planes without the padding of their rows; of a format that is not read, of nothing.</summary>
    public static uint Of(FramePointer frame)
    {
        if (!PixelFormat.TryParse(frame.Format, out PixelFormat format))
        {
            return 0;
        }

        uint checksum = uint.MaxValue;
        int bytes = format.BitDepth > 8 ? 2 : 1;
        for (int plane = 0; plane < (format.HasColor ? 3 : 1); plane++)
        {
            int width = plane == 0 ? frame.Width : -(-frame.Width >> format.ChromaShiftX);
            int height = plane == 0 ? frame.Height : -(-frame.Height >> format.ChromaShiftY);
            for (int row = 0; row < height; row++)
            {
                checksum = Extend(checksum, frame.Plane(plane) + ((nint)row * frame.Stride(plane)), width * bytes);
            }
        }

        return ~checksum;
    }

    private static uint Extend(uint checksum, byte* bytes, int count)
    {
        int at = 0;
        for (; at + 8 <= count; at += 8)
        {
            checksum = BitOperations.Crc32C(checksum, *(ulong*)(bytes + at));
        }

        for (; at < count; at++)
        {
            checksum = BitOperations.Crc32C(checksum, bytes[at]);
        }

        return checksum;
    }
}
