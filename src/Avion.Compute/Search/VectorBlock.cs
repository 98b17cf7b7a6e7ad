namespace Avion.Compute;

/// <summary>Rows of an index that are searched in one go: as they were given, and in bfloat16 as they are scanned.</summary>
/// <remarks>Copies are padded with zeros to whole vectors of any width. The copy of a row that never ranks is not a number.</remarks>
internal sealed unsafe class VectorBlock
{
    private const int Lanes = 16, RowsAtOnce = 4;

    // A block of copies fits into a core's second cache, where further queries find it.
    private const int ScannedNumbers = 1 << 17;

    private const double LongestLength = 1e15;

    private readonly int _size, _padded;
    private readonly float[] _rows;
    private readonly BFloat16[] _copies;

    /// <param name="size">D.</param>
    /// <param name="firstRow">Number of the first row in the index.</param>
    public VectorBlock(int size, int firstRow)
    {
        (_size, _padded, FirstRow) = (size, PaddedSize(size), firstRow);
        Capacity = Math.Max(ScannedNumbers / _padded, RowsAtOnce);
        _rows = GC.AllocateUninitializedArray<float>(checked(Capacity * size));
        _copies = new BFloat16[checked(Capacity * _padded)];
    }

    /// <summary>Number of the first row in the index.</summary>
    public int FirstRow { get; }

    /// <summary>Rows for which there is room; the same in each block of an index.</summary>
    public int Capacity { get; }

    /// <summary>Rows that are there.</summary>
    public int Count { get; private set; }

    /// <summary>Rows for which there is room left.</summary>
    public int Free => Capacity - Count;

    public bool IsFull => Free == 0;

    /// <summary>Bytes that a scan reads.</summary>
    public long ScannedBytes => (long)Count * _padded * sizeof(BFloat16);

    /// <summary>Length of the longest copy of a row that can rank.</summary>
    public double LongestCopy { get; private set; }

    /// <summary>Length of the longest difference of a row that can rank and its copy.</summary>
    public double LongestError { get; private set; }

    /// <summary>D, filled up to whole vectors of any width.</summary>
    public static int PaddedSize(int size) => checked((size + Lanes - 1) / Lanes * Lanes);

    /// <summary>Length of a row; not a number where it never ranks.</summary>
    public static double LengthOf(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float number in row)
        {
            sum += (double)number * number;
        }

        return Math.Sqrt(sum) is <= LongestLength and double length ? length : double.NaN;
    }

    /// <summary>A row as it was given.</summary>
    public ReadOnlySpan<float> Row(int row) => _rows.AsSpan(row * _size, _size);

    /// <summary>The copies of all rows that are there.</summary>
    public ReadOnlySpan<BFloat16> Copies => _copies.AsSpan(0, Count * _padded);

    /// <summary>Adds rows, for which there is room.</summary>
    public void Add(ReadOnlySpan<float> rows)
    {
        rows.CopyTo(_rows.AsSpan(Count * _size));
        for (; !rows.IsEmpty; rows = rows[_size..], Count++)
        {
            Copy(rows[.._size], _copies.AsSpan(Count * _padded, _size));
        }
    }

    /// <summary>Products of a query and the copies of all rows, in float32.</summary>
    /// <param name="query">[padded D].</param>
    /// <param name="scores">[count].</param>
    public void Score<TVector>(ReadOnlySpan<float> query, Span<float> scores) where TVector : struct, IFloatVector<TVector>
    {
        fixed (float* q = query)
        fixed (BFloat16* copies = _copies)
        {
            int row = 0;
            for (; row <= scores.Length - RowsAtOnce; row += RowsAtOnce)
            {
                BFloat16* a = copies + ((long)row * _padded), b = a + _padded, c = b + _padded, d = c + _padded;
                TVector sumA = TVector.Zero, sumB = TVector.Zero, sumC = TVector.Zero, sumD = TVector.Zero;
                for (int i = 0; i < _padded; i += TVector.Width)
                {
                    TVector part = TVector.Load(q + i);
                    TVector.AddProduct(ref sumA, part, TVector.Load(a + i));
                    TVector.AddProduct(ref sumB, part, TVector.Load(b + i));
                    TVector.AddProduct(ref sumC, part, TVector.Load(c + i));
                    TVector.AddProduct(ref sumD, part, TVector.Load(d + i));
                }

                scores[row] = sumA.Sum();
                scores[row + 1] = sumB.Sum();
                scores[row + 2] = sumC.Sum();
                scores[row + 3] = sumD.Sum();
            }

            for (; row < scores.Length; row++)
            {
                scores[row] = RowArithmetic.Dot<TVector, float, BFloat16>(q, copies + ((long)row * _padded), _padded);
            }
        }
    }

    private void Copy(ReadOnlySpan<float> row, Span<BFloat16> copy)
    {
        if (double.IsNaN(LengthOf(row)))
        {
            copy.Fill((BFloat16)float.NaN);
            return;
        }

        double length = 0, error = 0;
        for (int i = 0; i < row.Length; i++)
        {
            BFloat16 rounded = (BFloat16)row[i];
            copy[i] = rounded;
            double number = (float)rounded, difference = number - row[i];
            (length, error) = (length + (number * number), error + (difference * difference));
        }

        // Sums of squares in double precision are off by less than one part in 1e12 for any size that fits into memory.
        const double margin = 1 + 1e-9;
        (LongestCopy, LongestError) = (Math.Max(LongestCopy, Math.Sqrt(length) * margin), Math.Max(LongestError, Math.Sqrt(error) * margin));
    }
}
