namespace Avion.Data;

/// <summary>Hands over one row of a matrix.</summary>
/// <param name="row">Row number.</param>
/// <param name="values">The row; overwritten by the next one.</param>
public delegate void MatrixRow(int row, ReadOnlySpan<float> values);

/// <summary>How well each sentence describes each clip: the pickled NumPy matrices that come with EPIC-KITCHENS-100's retrieval
/// task.</summary>
/// <remarks>Read row by row in bounded memory; the matrix of the training set has 8.6 GB.</remarks>
public sealed class RelevanceMatrix
{
    private const int LongestRow = 1 << 24;

    private RelevanceMatrix(int rows, int columns, float[] values) => (RowCount, ColumnCount, Values) = (rows, columns, values);

    /// <summary>Clips.</summary>
    public int RowCount { get; }

    /// <summary>Sentences.</summary>
    public int ColumnCount { get; }

    /// <summary>Relevances, [RowCount, ColumnCount].</summary>
    public float[] Values { get; }

    /// <summary>Reads a whole matrix into memory, 4 bytes an entry.</summary>
    /// <exception cref="DataException">The file is missing, is no pickled matrix of numbers, or has over 2³¹ entries.</exception>
    public static RelevanceMatrix Read(string path)
    {
        float[] values = [];
        (int rows, int columns) = ReadRows(path, (rowCount, columnCount) => values = (long)rowCount * columnCount <= Array.MaxLength
            ? new float[(long)rowCount * columnCount]
            : throw new DataException($"'{path}' has {rowCount} x {columnCount} entries, expected at most {Array.MaxLength}; read it "
                + "row by row."),
            (row, line) => line.CopyTo(values.AsSpan(row * line.Length)));
        return new RelevanceMatrix(rows, columns, values);
    }

    /// <summary>Reads the sentences that each clip may be trained with, and how relevant each is, a byte an entry.</summary>
    /// <param name="path">Pickled matrix, clips × sentences.</param>
    /// <param name="sentences">The sentences of the columns.</param>
    /// <param name="threshold">Sentences of relevances above this are drawn.</param>
    /// <exception cref="DataException">The file is missing or is no pickled matrix of numbers from 0 to 1.</exception>
    public static RelevantCaptions ReadRelevant(string path, CaptionStore sentences, float threshold = 0.1f)
    {
        RelevantCaptions relevant = new(sentences, threshold);
        ReadRows(path, (rows, columns) => relevant = new RelevantCaptions(sentences, threshold, (long)rows * columns), (row, line) =>
        {
            try
            {
                relevant.AddRow(line);
            }
            catch (DataException fault)
            {
                throw new DataException($"'{path}' row {row}: {fault.Message}", fault);
            }
        });
        return relevant;
    }

    /// <summary>Hands over the rows of a matrix in order and returns its size.</summary>
    /// <exception cref="DataException">The file is missing or is no pickled matrix of numbers.</exception>
    public static (int Rows, int Columns) ReadRows(string path, MatrixRow row) => ReadRows(path, begin: null, row);

    private static (int Rows, int Columns) ReadRows(string path, Action<int, int>? begin, MatrixRow row)
    {
        try
        {
            using PickleReader reader = new(path, new NumpyPickleWorld());
            return ReadRows(path, reader, begin, row);
        }
        catch (FileFaultException fault)
        {
            throw new DataException(fault);
        }
    }

    private static (int Rows, int Columns) ReadRows(string path, PickleReader reader, Action<int, int>? begin, MatrixRow row)
    {
        if (reader.Read() is not NumpyArray { Shape.Length: 2 } matrix)
        {
            throw new DataException($"'{path}' holds no matrix, expected a pickled NumPy array of two dimensions.");
        }

        (long rows, long columns) = (matrix.Shape[0], matrix.Shape[1]);
        if (rows > int.MaxValue || columns > LongestRow)
        {
            throw new DataException($"'{path}' has {rows} x {columns} entries, expected at most {int.MaxValue} rows of {LongestRow}.");
        }

        begin?.Invoke((int)rows, (int)columns);
        if (matrix.IsFortranOrder && rows > 1 && columns > 1)
        {
            ReadColumns(reader, matrix, (int)rows, (int)columns, row);
            return ((int)rows, (int)columns);
        }

        byte[] bytes = new byte[columns * matrix.Type.Bytes];
        float[] line = new float[columns];
        long position = 0;
        for (int r = 0; r < rows; r++)
        {
            matrix.Data.Read(reader.File, ref position, bytes);
            Decode(matrix.Type, bytes, line);
            row(r, line);
        }

        return ((int)rows, (int)columns);
    }

    /// <summary>Rows of a matrix that is stored column by column: blocks of rows, of which each column has one piece.</summary>
    private static void ReadColumns(PickleReader reader, NumpyArray matrix, int rows, int columns, MatrixRow row)
    {
        const long BlockBytes = 64L << 20;
        PickleBytes data = matrix.Data.IsLatin1InUtf8 ? InMemory(reader, matrix, (long)rows * columns * matrix.Type.Bytes) : matrix.Data;
        int blockRows = (int)Math.Clamp(BlockBytes / ((long)columns * sizeof(float)), 1, rows);
        float[] block = new float[(long)blockRows * columns], piece = new float[blockRows];
        byte[] bytes = new byte[blockRows * matrix.Type.Bytes];
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first);
            for (int c = 0; c < columns; c++)
            {
                long position = (((long)c * rows) + first) * matrix.Type.Bytes;
                data.Read(reader.File, ref position, bytes.AsSpan(0, count * matrix.Type.Bytes));
                Decode(matrix.Type, bytes, piece.AsSpan(0, count));
                for (int r = 0; r < count; r++)
                {
                    block[((long)r * columns) + c] = piece[r];
                }
            }

            for (int r = 0; r < count; r++)
            {
                row(first + r, block.AsSpan(r * columns, columns));
            }
        }
    }

    // In a pickle of protocol 2 elements have no known places, for their bytes are text.
    private static PickleBytes InMemory(PickleReader reader, NumpyArray matrix, long byteCount)
    {
        if (byteCount > Array.MaxLength)
        {
            throw new FileFaultException(reader.File.Path, $"its matrix of {byteCount} bytes is stored column by column in a pickle of "
                + $"protocol 2, which has to fit into {Array.MaxLength} bytes of memory; save numpy.ascontiguousarray of it");
        }

        byte[] bytes = new byte[byteCount];
        long position = 0;
        matrix.Data.Read(reader.File, ref position, bytes);
        return new PickleBytes(0, byteCount, Memory: bytes);
    }

    private static void Decode(NumpyType type, ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)type.Decode(bytes[(i * type.Bytes)..]);
        }
    }
}
