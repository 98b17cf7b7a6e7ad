using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Avion.Video;

// R = rows of a block, the lanes of a vector; w = samples of the crop's width in a plane; W, H = output size.

/// <summary>
/// Crop, resize, mirror and conversion to RGB of 8-bit 4:2:0 pictures in one pass over blocks of R output rows, without a whole picture in
/// between:
/// <list type="number">
/// <item>down: for each output row the weighted rows of each plane, R × w numbers in Q6;</item>
/// <item>turn: tiles of 8 × 8, so that the R values of a column lie in one vector;</item>
/// <item>across: weighted columns, again whole vectors whatever the reduction, so that no gather is needed;</item>
/// <item>colour: R values of Y, U and V become R values of red, green and blue, rounded to bytes;</item>
/// <item>turn back, into the caller's rows.</item>
/// </list>
/// Products are rounded to nearest at 1/64 of a level, so the result is unbiased and within one level of the exact one. Every vector
/// width gives the same bytes.
/// </summary>
internal sealed unsafe class FusedResize : IDisposable
{
    private readonly NativeBuffer _scratch = new();

    /// <summary>Widest vectors to use, in bits; tests lower it.</summary>
    public int VectorBits { get; init; } = Preferred();

    /// <summary>Converts one picture with tables made for it.</summary>
    /// <param name="picture">8-bit 4:2:0.</param>
    /// <param name="tables">Tables of crop and output size.</param>
    /// <param name="matrix">Colours.</param>
    /// <param name="destination">3·W·H bytes.</param>
    /// <param name="layout">Order of the output bytes.</param>
    public void Convert(in PlanarPicture picture, ResampleTables tables, in ColorMatrix matrix, byte* destination, PixelLayout layout)
    {
        switch (VectorBits)
        {
            case 512:
                Convert<Lanes512>(picture, tables, matrix, destination, layout);
                break;
            case 256:
                Convert<Lanes256>(picture, tables, matrix, destination, layout);
                break;
            case 128:
                Convert<Lanes128>(picture, tables, matrix, destination, layout);
                break;
            default:
                Convert<LanesScalar>(picture, tables, matrix, destination, layout);
                break;
        }
    }

    public void Dispose() => _scratch.Dispose();

    private static int Preferred()
    {
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported)
        {
            return 512;
        }

        if (Vector256.IsHardwareAccelerated)
        {
            return 256;
        }

        return Vector128.IsHardwareAccelerated ? 128 : 16;
    }

    private static int RoundUp(int value) => (value + 31) & ~31;

    private void Convert<TLanes>(in PlanarPicture picture, ResampleTables tables, in ColorMatrix matrix, byte* destination,
        PixelLayout layout)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int blockRows = TLanes.Count;
        int width = tables.LumaX.OutputCount;
        int height = tables.LumaY.OutputCount;
        int lumaWidth = RoundUp(tables.LumaX.SampleCount);
        int chromaWidth = RoundUp(tables.ChromaX.SampleCount);
        int outputWidth = RoundUp(width);

        long rowShorts = (long)blockRows * lumaWidth;
        long shorts = rowShorts + ((long)blockRows * (lumaWidth + (2 * chromaWidth)));
        long bytes = 3L * blockRows * outputWidth;
        short* rows = (short*)_scratch.Ensure((nuint)((shorts * 2) + bytes + (3 * outputWidth)));
        short* y = rows + rowShorts;
        short* u = y + ((long)blockRows * lumaWidth);
        short* v = u + ((long)blockRows * chromaWidth);
        byte* rgb = (byte*)(v + ((long)blockRows * chromaWidth));
        byte* line = rgb + bytes;

        for (int first = 0; first < height; first += blockRows)
        {
            int count = Math.Min(blockRows, height - first);
            Down<TLanes>(picture.Y, picture.YStride, tables.LumaX, tables.LumaY, first, count, rows, lumaWidth);
            Turn<TLanes>(rows, lumaWidth, tables.LumaX.SampleCount, y);
            Down<TLanes>(picture.U, picture.UStride, tables.ChromaX, tables.ChromaY, first, count, rows, chromaWidth);
            Turn<TLanes>(rows, chromaWidth, tables.ChromaX.SampleCount, u);
            Down<TLanes>(picture.V, picture.VStride, tables.ChromaX, tables.ChromaY, first, count, rows, chromaWidth);
            Turn<TLanes>(rows, chromaWidth, tables.ChromaX.SampleCount, v);
            Across<TLanes>(y, u, v, tables, matrix, rgb, outputWidth * blockRows);
            RgbRows.Write(rgb, outputWidth * blockRows, blockRows, width, height, first, count, line, destination, layout);
        }
    }

    /// <summary>Weighted sums of the rows of a plane, for <paramref name="count"/> output rows.</summary>
    private static void Down<TLanes>(
        byte* plane, int stride, ResampleTable columns, ResampleTable lines, int first, int count, short* rows, int rowStride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int width = columns.SampleCount;
        int taps = lines.TapCount;
        byte* origin = plane + ((nint)lines.FirstSample * stride) + columns.FirstSample;
        fixed (short* allWeights = lines.Weights)
        {
            for (int row = 0; row < count; row++)
            {
                byte* source = origin + ((nint)lines.Starts[first + row] * stride);
                short* weights = allWeights + ((first + row) * taps);
                short* target = rows + ((nint)row * rowStride);
                if (width < TLanes.Count)
                {
                    DownRow<LanesScalar>(source, stride, weights, taps, width, target);
                }
                else
                {
                    DownRow<TLanes>(source, stride, weights, taps, width, target);
                }
            }
        }
    }

    private static void DownRow<TLanes>(byte* source, int stride, short* weights, int taps, int width, short* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes w0 = TLanes.Broadcast(weights[0]);
        TLanes w1 = TLanes.Broadcast(taps > 1 ? weights[1] : (short)0);
        TLanes w2 = TLanes.Broadcast(taps > 2 ? weights[2] : (short)0);
        for (int column = 0; column < width; column += TLanes.Count)
        {
            // The last vector overlaps the one before instead of reaching past the row.
            int at = Math.Min(column, width - TLanes.Count);
            byte* address = source + at;
            TLanes sum = TLanes.MultiplyRound(TLanes.LoadBytes(address), w0);
            if (taps > 1)
            {
                sum = TLanes.Add(sum, TLanes.MultiplyRound(TLanes.LoadBytes(address + stride), w1));
            }

            if (taps > 2)
            {
                sum = TLanes.Add(sum, TLanes.MultiplyRound(TLanes.LoadBytes(address + (2 * (nint)stride)), w2));
            }

            address += 2 * (nint)stride;
            for (int tap = 3; tap < taps; tap++)
            {
                address += stride;
                sum = TLanes.Add(sum, TLanes.MultiplyRound(TLanes.LoadBytes(address), TLanes.Broadcast(weights[tap])));
            }

            TLanes.Store(sum, target + at);
        }
    }

    private static void Turn<TLanes>(short* rows, int rowStride, int width, short* columns)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Count == 1)
        {
            new ReadOnlySpan<short>(rows, width).CopyTo(new Span<short>(columns, width));
        }
        else
        {
            Transpose.RowsToColumns(rows, rowStride, TLanes.Count, width, columns);
        }
    }

    /// <summary>Weighted sums of columns, and from Y, U and V to bytes of red, green and blue:
    /// three planes of W columns of R bytes.</summary>
    private static void Across<TLanes>(
        short* y, short* u, short* v, ResampleTables tables, in ColorMatrix matrix, byte* rgb, int planeBytes)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes lumaOffset = TLanes.Broadcast((short)(matrix.LumaOffset * 64));
        TLanes chromaOffset = TLanes.Broadcast(128 * 64);
        // Factors above 1 do not fit Q15: their whole part is added as it is.
        TLanes lumaPart = TLanes.Broadcast(ColorMatrix.Q15(matrix.LumaScale - 1));
        TLanes redPart = TLanes.Broadcast(ColorMatrix.Q15(matrix.RedV - 1));
        TLanes bluePart = TLanes.Broadcast(ColorMatrix.Q15(matrix.BlueU - 2));
        TLanes greenU = TLanes.Broadcast(ColorMatrix.Q15(matrix.GreenU));
        TLanes greenV = TLanes.Broadcast(ColorMatrix.Q15(matrix.GreenV));
        int lumaTaps = tables.LumaX.TapCount;
        int chromaTaps = tables.ChromaX.TapCount;
        int width = tables.LumaX.OutputCount;
        fixed (short* lumaWeights = tables.LumaX.Weights, chromaWeights = tables.ChromaX.Weights)
        fixed (int* lumaStarts = tables.LumaX.Starts, chromaStarts = tables.ChromaX.Starts)
        {
            for (int column = 0; column < width; column++)
            {
                TLanes luma = Weigh<TLanes>(y + (lumaStarts[column] * TLanes.Count), lumaWeights + (column * lumaTaps), lumaTaps);
                int chromaStart = chromaStarts[column] * TLanes.Count;
                TLanes blueDifference = Weigh<TLanes>(u + chromaStart, chromaWeights + (column * chromaTaps), chromaTaps);
                TLanes redDifference = Weigh<TLanes>(v + chromaStart, chromaWeights + (column * chromaTaps), chromaTaps);

                luma = TLanes.Subtract(luma, lumaOffset);
                luma = TLanes.Add(luma, TLanes.MultiplyRound(luma, lumaPart));
                TLanes cb = TLanes.Subtract(blueDifference, chromaOffset);
                TLanes cr = TLanes.Subtract(redDifference, chromaOffset);
                TLanes red = TLanes.AddSaturate(luma, TLanes.Add(cr, TLanes.MultiplyRound(cr, redPart)));
                TLanes green = TLanes.SubtractSaturate(luma,
                    TLanes.Add(TLanes.MultiplyRound(cb, greenU), TLanes.MultiplyRound(cr, greenV)));
                TLanes blue = TLanes.AddSaturate(luma, TLanes.Add(TLanes.Add(cb, cb), TLanes.MultiplyRound(cb, bluePart)));

                byte* target = rgb + (column * TLanes.Count);
                TLanes.StoreBytes(red, target);
                TLanes.StoreBytes(green, target + planeBytes);
                TLanes.StoreBytes(blue, target + (2 * planeBytes));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Weigh<TLanes>(short* columns, short* weights, int taps)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sum = TLanes.MultiplyRound(TLanes.Load(columns), TLanes.Broadcast(weights[0]));
        for (int tap = 1; tap < taps; tap++)
        {
            sum = TLanes.Add(sum, TLanes.MultiplyRound(TLanes.Load(columns + (tap * TLanes.Count)), TLanes.Broadcast(weights[tap])));
        }

        return sum;
    }
}
