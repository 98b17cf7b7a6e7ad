using System.Runtime.InteropServices;

namespace Avion.Files;

/// <summary>Writes pickles of NumPy matrices and of the texts beside them, as Python's pickle module writes them in protocol 3.</summary>
/// <remarks>Such files are read by every version of NumPy and of Python 3. Source: Python's pickletools, NumPy's
/// <c>ndarray.__reduce__</c>.</remarks>
public sealed class NumpyPickle
{
    private readonly Stream _stream;

    private NumpyPickle(Stream stream)
    {
        _stream = stream;
        Write("\u0080\u0003");
    }

    /// <summary>The pickle of a float32 matrix.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static byte[] OfMatrix(ReadOnlySpan<float> values, int rows, int columns)
    {
        using MemoryStream stream = new();
        NumpyPickle pickle = new(stream);
        pickle.Matrix(values, rows, columns);
        pickle.Write(".");
        return stream.ToArray();
    }

    /// <summary>Writes a dictionary.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="writeItems">Writes its items by <see cref="Item(string, string)"/> and its like.</param>
    public static void WriteDictionary(Stream stream, Action<NumpyPickle> writeItems)
    {
        NumpyPickle pickle = new(stream);
        pickle.Write("}(");
        writeItems(pickle);
        pickle.Write("u.");
    }

    /// <summary>An item that is a text.</summary>
    public void Item(string name, string value)
    {
        Text(name);
        Text(value);
    }

    /// <summary>An item that is a whole number.</summary>
    public void Item(string name, int value)
    {
        Text(name);
        Number(value);
    }

    /// <summary>An item that is a list of texts.</summary>
    public void Item(string name, IEnumerable<string> texts)
    {
        Text(name);
        Write("](");
        foreach (string text in texts)
        {
            Text(text);
        }

        Write("e");
    }

    /// <summary>An item that is a float32 matrix, row-major.</summary>
    public void Item(string name, ReadOnlySpan<float> values, int rows, int columns)
    {
        Text(name);
        Matrix(values, rows, columns);
    }

    private void Matrix(ReadOnlySpan<float> values, int rows, int columns)
    {
        if ((long)rows * columns != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill {rows} x {columns}.", nameof(values));
        }

        // An empty array is called into being; then its state is set: version, shape, type, order and bytes.
        Write("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\u0001b\u0087R(K\u0001");
        Number(rows);
        Number(columns);
        Write("\u0086cnumpy\ndtype\n");
        Text("f4");
        Write("K\0K\u0001\u0087R(K\u0003");
        Text("<");
        Write("NNN");
        Number(-1);
        Number(-1);
        Write("K\0tb\u0089B");
        WriteLength(checked((uint)((long)values.Length * sizeof(float))));
        _stream.Write(MemoryMarshal.AsBytes(values));
        Write("tb");
    }

    private void Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Write("X");
        WriteLength((uint)utf8.Length);
        _stream.Write(utf8);
    }

    private void Number(int value)
    {
        Write("J");
        WriteLength((uint)value);
    }

    private void Write(string opcodes) => _stream.Write(Encoding.Latin1.GetBytes(opcodes));

    private void WriteLength(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _stream.Write(bytes);
    }
}
