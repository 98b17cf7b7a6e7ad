using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Avion.Files;

/// <summary>NumPy's <c>.npy</c> files, as far as features and pixels need them: float32 out, uint8 in, row by row.</summary>
/// <remarks>Source: NumPy's format description, version 1.0 to 3.0. Headers are matched, never evaluated.</remarks>
public static partial class NumpyFile
{
    private const int LongestHeader = 1 << 16, HeaderAlignment = 64;

    private static readonly byte[] s_magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Writes float32 values, replacing the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="shape">Extents.</param>
    public static void Write(string path, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        StringBuilder extents = new();
        foreach (int extent in shape)
        {
            count *= extent;
            extents.Append(CultureInfo.InvariantCulture, $"{extent}, ");
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"'{path}': {values.Length} values do not fill the shape ({extents.ToString().TrimEnd(' ', ',')}).");
        }

        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({extents}), }}";
        int fixedBytes = s_magic.Length + 4;
        header = header.PadRight(((fixedBytes + header.Length
            + HeaderAlignment) / HeaderAlignment * HeaderAlignment) - fixedBytes - 1) + "\n";
        using FileStream file = new(path, FileMode.Create, FileAccess.Write);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        file.Write(s_magic);
        file.Write([1, 0]);
        file.Write(length);
        file.Write(Encoding.ASCII.GetBytes(header));
        file.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads an array of uint8.</summary>
    /// <exception cref="FileFaultException">The file is missing, damaged, or holds something else.</exception>
    public static (byte[] Values, int[] Shape) ReadBytes(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Match header = HeaderPattern().Match(ReadHeader(file, path));
            if (!header.Success || header.Groups["type"].Value is not ("|u1" or "<u1" or "u1") || header.Groups["order"].Value != "False")
            {
                throw new FileFaultException(path, "it does not hold uint8 row by row; "
                    + "save numpy.ascontiguousarray(array, dtype=numpy.uint8)");
            }

            int[] shape = [.. header.Groups["shape"].Value.Split(',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(extent => int.Parse(extent, NumberStyles.None, CultureInfo.InvariantCulture))];
            long count = shape.Aggregate(1L, (product, extent) => checked(product * extent));
            if (count != file.Length - file.Position || count > Array.MaxLength)
            {
                throw new FileFaultException(path, $"it has {file.Length - file.Position} bytes of data, expected {count} for its shape");
            }

            byte[] values = new byte[count];
            file.ReadExactly(values);
            return (values, shape);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException or OverflowException or FormatException)
            and not FileFaultException)
        {
            throw new FileFaultException(path, $"it is no whole NumPy array ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static string ReadHeader(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[8], length = stackalloc byte[4];
        length.Clear();
        file.ReadExactly(start);
        if (!start[..6].SequenceEqual(s_magic) || start[6] is < 1 or > 3)
        {
            throw new FileFaultException(path, "it is no .npy file");
        }

        file.ReadExactly(start[6] == 1 ? length[..2] : length);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (count > LongestHeader)
        {
            throw new FileFaultException(path, $"its header claims {count} bytes, expected at most {LongestHeader}");
        }

        byte[] header = new byte[count];
        file.ReadExactly(header);
        return Encoding.Latin1.GetString(header);
    }

    [GeneratedRegex(@"^\{'descr': '(?<type>[^']*)', 'fortran_order': (?<order>True|False), 'shape': \((?<shape>[0-9, ]*)\), ?\}\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex HeaderPattern();
}
