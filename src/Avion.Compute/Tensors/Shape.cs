namespace Avion.Compute;

/// <summary>Extents of a dense row-major tensor of up to five dimensions; rank 0 is a scalar.</summary>
/// <remarks>A value type without heap storage, so that a warm training step makes shapes freely.</remarks>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly long _d0;
    private readonly int _d1, _d2, _d3, _d4;

    /// <summary>A shape of rank one.</summary>
    public Shape(int d0) : this(1, d0, 1, 1, 1, 1) { }

    /// <summary>A shape of rank two: rows, columns.</summary>
    public Shape(int d0, int d1) : this(2, d0, d1, 1, 1, 1) { }

    /// <summary>A shape of rank three.</summary>
    public Shape(int d0, int d1, int d2) : this(3, d0, d1, d2, 1, 1) { }

    /// <summary>A shape of rank four.</summary>
    public Shape(int d0, int d1, int d2, int d3) : this(4, d0, d1, d2, d3, 1) { }

    /// <summary>A shape of rank five.</summary>
    public Shape(int d0, int d1, int d2, int d3, int d4) : this(5, d0, d1, d2, d3, d4) { }

    private Shape(int rank, long d0, int d1, int d2, int d3, int d4)
    {
        if ((d0 | (long)(d1 | d2 | d3 | d4)) < 0)
        {
            throw new ArgumentException($"A shape has a negative extent: [{d0}, {d1}, {d2}, {d3}, {d4}].");
        }

        Rank = rank;
        _d0 = d0;
        _d1 = d1;
        _d2 = d2;
        _d3 = d3;
        _d4 = d4;
    }

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => new(0, 1, 1, 1, 1, 1);

    /// <summary>A vector, which alone may have 2^31 elements and more: flat memory of parameters.</summary>
    public static Shape Flat(long count) => new(1, count, 1, 1, 1, 1);

    /// <summary>How many dimensions there are, 0 to 5.</summary>
    public int Rank { get; }

    /// <summary>Extent of one dimension, counted from 0.</summary>
    public int this[int dimension] => (uint)dimension >= (uint)Rank
        ? throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"{this} has {Rank} dimensions.")
        : dimension switch { 0 => checked((int)_d0), 1 => _d1, 2 => _d2, 3 => _d3, _ => _d4 };

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count => Rank == 0 ? 1 : _d0 * _d1 * _d2 * _d3 * _d4;

    /// <summary>Extent of the last dimension; 1 for a scalar.</summary>
    public int Columns => Rank == 0 ? 1 : this[Rank - 1];

    /// <summary>Product of all dimensions but the last; 1 for a vector.</summary>
    public int Rows
    {
        get
        {
            long rows = 1;
            for (int dimension = 0; dimension < Rank - 1; dimension++)
            {
                rows *= this[dimension];
            }

            return checked((int)rows);
        }
    }

    /// <summary>Makes a shape from a list of extents.</summary>
    public static Shape From(ReadOnlySpan<int> extents) => extents.Length switch
    {
        0 => Scalar,
        1 => new Shape(extents[0]),
        2 => new Shape(extents[0], extents[1]),
        3 => new Shape(extents[0], extents[1], extents[2]),
        4 => new Shape(extents[0], extents[1], extents[2], extents[3]),
        5 => new Shape(extents[0], extents[1], extents[2], extents[3], extents[4]),
        _ => throw new ArgumentException($"A shape has {extents.Length} dimensions; at most 5 are supported."),
    };

    /// <summary>The extents as a new array.</summary>
    public int[] ToArray()
    {
        int[] extents = new int[Rank];
        for (int dimension = 0; dimension < Rank; dimension++)
        {
            extents[dimension] = this[dimension];
        }

        return extents;
    }

    /// <inheritdoc />
    public bool Equals(Shape other) => Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2
        && _d3 == other._d3 && _d4 == other._d4;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3, _d4);

    /// <summary>For messages: <c>[6272, 768]</c>.</summary>
    public override string ToString() => Rank == 1
        ? string.Create(CultureInfo.InvariantCulture, $"[{_d0}]")
        : "[" + string.Join(", ", Array.ConvertAll(ToArray(), extent => extent.ToString(CultureInfo.InvariantCulture))) + "]";

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}
