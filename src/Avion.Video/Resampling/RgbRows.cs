using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Avion.Video;

/// <summary>Writes a block of output rows, which lies in columns, into the caller's clip.</summary>
internal static unsafe class RgbRows
{
    /// <param name="rgb">Red, green and blue: each W columns of <paramref name="columnHeight"/> bytes.</param>
    /// <param name="planeBytes">Distance of the three.</param>
    /// <param name="columnHeight">Bytes of a column, of which the first <paramref name="count"/> are rows of the picture.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="first">Output row of the first byte of a column.</param>
    /// <param name="count">Rows to write.</param>
    /// <param name="line">3·W bytes to work in.</param>
    /// <param name="destination">The picture.</param>
    /// <param name="layout">Order of its bytes.</param>
    public static void Write(
        byte* rgb, int planeBytes, int columnHeight, int width, int height, int first, int count, byte* line, byte* destination,
        PixelLayout layout)
    {
        if (layout == PixelLayout.Planar)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                byte* target = destination + ((((nint)channel * height) + first) * width);
                ToRows(rgb + ((nint)channel * planeBytes), columnHeight, width, target, width, count);
            }

            return;
        }

        // One row at a time is turned back and then woven, so that the detour stays in the first cache.
        for (int row = 0; row < count; row++)
        {
            byte* target = destination + (((nint)first + row) * width * 3);
            Weave(rgb + row, rgb + planeBytes + row, rgb + (2 * (nint)planeBytes) + row, columnHeight, width, target);
        }
    }

    private static void ToRows(byte* columns, int columnHeight, int width, byte* rows, int rowStride, int count)
    {
        if (columnHeight == 1)
        {
            Unsafe.CopyBlockUnaligned(rows, columns, (uint)width);
        }
        else
        {
            Transpose.ColumnsToRows(columns, columnHeight, width, rows, rowStride, count);
        }
    }

    private static void Weave(byte* red, byte* green, byte* blue, int step, int width, byte* target)
    {
        for (int column = 0; column < width; column++)
        {
            target[0] = *red;
            target[1] = *green;
            target[2] = *blue;
            target += 3;
            red += step;
            green += step;
            blue += step;
        }
    }
}
