using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Avion.Video;

/// <summary>Rows to columns and back in tiles of 8 × 8, so that filtering along a row also runs over whole vectors.</summary>
internal static unsafe class Transpose
{
    private const int Tile = 8;

    /// <summary>
    /// From <paramref name="rowCount"/> rows of shorts, <paramref name="rowStride"/> apart, to columns of <paramref name="rowCount"/>
    /// shorts end to end. Whole tiles are moved, so up to 7 columns after <paramref name="columnCount"/> are read and written.
    /// </summary>
    public static void RowsToColumns(short* rows, int rowStride, int rowCount, int columnCount, short* columns)
    {
        for (int column = 0; column < columnCount; column += Tile)
        {
            for (int row = 0; row < rowCount; row += Tile)
            {
                ShortTile(rows + (row * rowStride) + column, rowStride, columns + (column * rowCount) + row, rowCount);
            }
        }
    }

    /// <summary>
    /// From columns of <paramref name="columnHeight"/> bytes end to end to <paramref name="rowCount"/> rows of
    /// <paramref name="columnCount"/> bytes, <paramref name="rowStride"/> apart; nothing is written outside of the rows.
    /// </summary>
    public static void ColumnsToRows(byte* columns, int columnHeight, int columnCount, byte* rows, int rowStride, int rowCount)
    {
        byte* scratch = stackalloc byte[Tile * Tile];
        for (int row = 0; row < rowCount; row += Tile)
        {
            int height = Math.Min(Tile, rowCount - row);
            for (int column = 0; column < columnCount; column += Tile)
            {
                int width = Math.Min(Tile, columnCount - column);
                byte* target = rows + ((nint)row * rowStride) + column;
                byte* source = columns + (column * columnHeight) + row;
                if (height == Tile && width == Tile)
                {
                    ByteTile(source, columnHeight, target, rowStride);
                    continue;
                }

                ByteTile(source, columnHeight, scratch, Tile);
                for (int y = 0; y < height; y++)
                {
                    Unsafe.CopyBlockUnaligned(target + ((nint)y * rowStride), scratch + (y * Tile), (uint)width);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ShortTile(short* source, int sourceStride, short* target, int targetStride)
    {
        Vector128<short> r0 = Vector128.Load(source);
        Vector128<short> r1 = Vector128.Load(source + sourceStride);
        Vector128<short> r2 = Vector128.Load(source + (2 * sourceStride));
        Vector128<short> r3 = Vector128.Load(source + (3 * sourceStride));
        Vector128<short> r4 = Vector128.Load(source + (4 * sourceStride));
        Vector128<short> r5 = Vector128.Load(source + (5 * sourceStride));
        Vector128<short> r6 = Vector128.Load(source + (6 * sourceStride));
        Vector128<short> r7 = Vector128.Load(source + (7 * sourceStride));

        Vector128<int> a0 = ZipLower(r0, r1).AsInt32(), a1 = ZipUpper(r0, r1).AsInt32();
        Vector128<int> a2 = ZipLower(r2, r3).AsInt32(), a3 = ZipUpper(r2, r3).AsInt32();
        Vector128<int> a4 = ZipLower(r4, r5).AsInt32(), a5 = ZipUpper(r4, r5).AsInt32();
        Vector128<int> a6 = ZipLower(r6, r7).AsInt32(), a7 = ZipUpper(r6, r7).AsInt32();

        Vector128<long> b0 = ZipLower(a0, a2).AsInt64(), b1 = ZipUpper(a0, a2).AsInt64();
        Vector128<long> b2 = ZipLower(a1, a3).AsInt64(), b3 = ZipUpper(a1, a3).AsInt64();
        Vector128<long> b4 = ZipLower(a4, a6).AsInt64(), b5 = ZipUpper(a4, a6).AsInt64();
        Vector128<long> b6 = ZipLower(a5, a7).AsInt64(), b7 = ZipUpper(a5, a7).AsInt64();

        Vector128.Store(ZipLower(b0, b4).AsInt16(), target);
        Vector128.Store(ZipUpper(b0, b4).AsInt16(), target + targetStride);
        Vector128.Store(ZipLower(b1, b5).AsInt16(), target + (2 * targetStride));
        Vector128.Store(ZipUpper(b1, b5).AsInt16(), target + (3 * targetStride));
        Vector128.Store(ZipLower(b2, b6).AsInt16(), target + (4 * targetStride));
        Vector128.Store(ZipUpper(b2, b6).AsInt16(), target + (5 * targetStride));
        Vector128.Store(ZipLower(b3, b7).AsInt16(), target + (6 * targetStride));
        Vector128.Store(ZipUpper(b3, b7).AsInt16(), target + (7 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ByteTile(byte* source, int sourceStride, byte* target, int targetStride)
    {
        Vector128<short> a0 = ZipLower(LoadEight(source), LoadEight(source + sourceStride)).AsInt16();
        Vector128<short> a1 = ZipLower(LoadEight(source + (2 * sourceStride)), LoadEight(source + (3 * sourceStride))).AsInt16();
        Vector128<short> a2 = ZipLower(LoadEight(source + (4 * sourceStride)), LoadEight(source + (5 * sourceStride))).AsInt16();
        Vector128<short> a3 = ZipLower(LoadEight(source + (6 * sourceStride)), LoadEight(source + (7 * sourceStride))).AsInt16();

        Vector128<int> b0 = ZipLower(a0, a1).AsInt32(), b1 = ZipUpper(a0, a1).AsInt32();
        Vector128<int> b2 = ZipLower(a2, a3).AsInt32(), b3 = ZipUpper(a2, a3).AsInt32();

        StorePair(ZipLower(b0, b2), target, targetStride);
        StorePair(ZipUpper(b0, b2), target + (2 * (nint)targetStride), targetStride);
        StorePair(ZipLower(b1, b3), target + (4 * (nint)targetStride), targetStride);
        StorePair(ZipUpper(b1, b3), target + (6 * (nint)targetStride), targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LoadEight(byte* address) => Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(Vector128<int> pair, byte* target, int stride)
    {
        Unsafe.WriteUnaligned(target, pair.AsUInt64().GetElement(0));
        Unsafe.WriteUnaligned(target + stride, pair.AsUInt64().GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ZipLower(Vector128<byte> a, Vector128<byte> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a, b)
            : (Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 8)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> ZipLower(Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a, b)
            : (Vector128.WidenLower(a.AsUInt16()) | (Vector128.WidenLower(b.AsUInt16()) << 16)).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> ZipUpper(Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackHigh(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipHigh(a, b)
            : (Vector128.WidenUpper(a.AsUInt16()) | (Vector128.WidenUpper(b.AsUInt16()) << 16)).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipLower(Vector128<int> a, Vector128<int> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a, b)
            : (Vector128.WidenLower(a.AsUInt32()) | (Vector128.WidenLower(b.AsUInt32()) << 32)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipUpper(Vector128<int> a, Vector128<int> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackHigh(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipHigh(a, b)
            : (Vector128.WidenUpper(a.AsUInt32()) | (Vector128.WidenUpper(b.AsUInt32()) << 32)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> ZipLower(Vector128<long> a, Vector128<long> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Vector128.Create(a.GetLower(), b.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> ZipUpper(Vector128<long> a, Vector128<long> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Vector128.Create(a.GetUpper(), b.GetUpper());
}
