using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Avion.Files;

/// <summary>NumPy's <c>.npy</c> files, as far as features and pixels need them: float32 out and in, uint8 in, row by row.</summary>
/// <remarks>Source: NumPy's format description, version 1.0 to 3.0. Headers are matched, never evaluated.</remarks>
public static partial class NumpyFile
{
    private const int LongestHeader = 1 << 16, HeaderAlignment = 64;

    private static readonly byte[] s_magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes before the values of any float32 matrix, whatever its extents.</summary>
    public const int MatrixHeaderBytes = 2 * HeaderAlignment;

    /// <summary>Writes float32 values; the file appears whole or not at all, and replaces an older one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="shape">Extents.</param>
    public static void Write(string path, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int extent in shape)
        {
            count *= extent;
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"'{path}': {values.Length} values do not fill the shape ({TextOf(shape).TrimEnd(' ', ',')}).");
        }

        using AtomicFile file = new(path);
        file.Stream.Write(HeaderOf(shape));
        file.Stream.Write(MemoryMarshal.AsBytes(values));
        file.Complete();
    }

    /// <summary>The <see cref="MatrixHeaderBytes"/> before a float32 matrix: written first for a matrix that grows, and again when its rows
    /// are known.</summary>
    public static byte[] MatrixHeader(int rows, int columns)
    {
        byte[] header = HeaderOf([rows, columns]);
        return header.Length == MatrixHeaderBytes ? header
            : throw new InvalidOperationException($"The header of [{rows}, {columns}] has {header.Length} bytes. This is a bug in Avion.");
    }

    /// <summary>Opens a float32 matrix; the stream stands at its first value.</summary>
    /// <exception cref="FileFaultException">The file is missing, damaged, or holds something else.</exception>
    public static FileStream OpenMatrix(string path, int rows, int columns)
    {
        FileStream file = Open(path, "<f4", "float32", out int[] shape);
        long bytes = file.Length - file.Position;
        string? fault = shape.Length != 2 || bytes != (long)shape[0] * shape[1] * sizeof(float)
            ? $"it has {bytes} bytes of data for the shape ({TextOf(shape).TrimEnd(' ', ',')}), expected a whole matrix"
            : (shape[0], shape[1]) != (rows, columns) ? $"it has the shape [{shape[0]}, {shape[1]}], expected [{rows}, {columns}]"
            : null;
        if (fault is null)
        {
            return file;
        }

        file.Dispose();
        throw new FileFaultException(path, fault);
    }

    /// <summary>Reads an array of uint8.</summary>
    /// <exception cref="FileFaultException">The file is missing, damaged, or holds something else.</exception>
    public static (byte[] Values, int[] Shape) ReadBytes(string path)
    {
        using FileStream file = Open(path, "|u1", "uint8", out int[] shape);
        try
        {
            long count = shape.Aggregate(1L, (product, extent) => checked(product * extent));
            if (count != file.Length - file.Position || count > Array.MaxLength)
            {
                throw new FileFaultException(path, $"it has {file.Length - file.Position} bytes of data, expected {count} for its shape");
            }

            byte[] values = new byte[count];
            file.ReadExactly(values);
            return (values, shape);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Damaged(path, error);
        }
    }

    private static FileStream Open(string path, string type, string typeName, out int[] shape)
    {
        FileStream? file = null;
        try
        {
            file = RegularFile.OpenStream(path);
            Match header = HeaderPattern().Match(ReadHeader(file, path));
            if (!header.Success)
            {
                throw new FileFaultException(path, "its header is none of a plain array, as numpy.save writes it");
            }

            string found = header.Groups["type"].Value;
            if ((found != type && found.TrimStart('<', '|') != type[1..]) || header.Groups["order"].Value != "False")
            {
                throw new FileFaultException(path, $"it does not hold {typeName} row by row; "
                    + $"save numpy.ascontiguousarray(array, dtype=numpy.{typeName})");
            }

            shape = [.. header.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(extent => int.Parse(extent, NumberStyles.None, CultureInfo.InvariantCulture))];
            return file;
        }
        catch (Exception error)
        {
            file?.Dispose();
            throw IsDamage(error) ? Damaged(path, error) : error;
        }
    }

    private static bool IsDamage(Exception error) =>
        error is (IOException or UnauthorizedAccessException or OverflowException or FormatException) and not FileFaultException;

    private static FileFaultException Damaged(string path, Exception error) =>
        new(path, $"it is no whole NumPy array ({error.Message.TrimEnd('.')})", error);

    private static string TextOf(ReadOnlySpan<int> shape)
    {
        StringBuilder extents = new();
        foreach (int extent in shape)
        {
            extents.Append(CultureInfo.InvariantCulture, $"{extent}, ");
        }

        return extents.ToString();
    }

    private static byte[] HeaderOf(ReadOnlySpan<int> shape)
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({TextOf(shape)}), }}";
        int fixedBytes = s_magic.Length + 4;
        header = header.PadRight(((fixedBytes + header.Length
            + HeaderAlignment) / HeaderAlignment * HeaderAlignment) - fixedBytes - 1) + "\n";
        byte[] length = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        return [.. s_magic, 1, 0, .. length, .. Encoding.ASCII.GetBytes(header)];
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

    [GeneratedRegex(@"^\{ *'descr': *'(?<type>[^']*)', *'fortran_order': *(?<order>True|False), *"
        + @"'shape': *\((?<shape>[0-9, ]*)\) *,? *\}\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex HeaderPattern();
}
