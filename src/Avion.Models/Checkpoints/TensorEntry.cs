namespace Avion.Models;

/// <summary>One named tensor of a file: what it is, not where it lies.</summary>
public sealed class TensorEntry
{
    private readonly long[] _extents;

    /// <summary>Describes a tensor.</summary>
    /// <exception cref="ArgumentException">The extents multiply to more elements than can be counted.</exception>
    public TensorEntry(string name, ElementType type, ReadOnlySpan<long> extents)
    {
        Name = name;
        Type = type;
        _extents = extents.ToArray();
        ElementCount = Count(name, extents);
    }

    /// <summary>The published name.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ElementType Type { get; }

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>Size in bytes when stored densely.</summary>
    public long ByteCount => checked(ElementCount * Type.SizeInBytes());

    /// <summary>Extents, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Extents => _extents;

    /// <summary>Whether this is a tensor of a model, which <see cref="Shape"/> can describe.</summary>
    public bool HasShape
    {
        get
        {
            bool fits = _extents.Length <= 5;
            foreach (long extent in _extents)
            {
                fits &= extent <= int.MaxValue;
            }

            return fits;
        }
    }

    /// <summary>The extents as a shape.</summary>
    /// <exception cref="NotSupportedException">More than five dimensions, or one of more than 2^31 - 1.</exception>
    public Shape Shape => HasShape
        ? Shape.From(Array.ConvertAll(_extents, extent => (int)extent))
        : throw new NotSupportedException($"Tensor '{Name}' has shape {ShapeText}; at most 5 dimensions below 2^31 are supported.");

    /// <summary>For messages: <c>[768, 3, 16, 16]</c>.</summary>
    public string ShapeText =>
        "[" + string.Join(", ", Array.ConvertAll(_extents, extent => extent.ToString(CultureInfo.InvariantCulture))) + "]";

    /// <inheritdoc />
    public override string ToString() => $"{Name} {Type} {ShapeText}";

    private static long Count(string name, ReadOnlySpan<long> extents)
    {
        bool isEmpty = false;
        Int128 count = 1;
        foreach (long extent in extents)
        {
            if (extent < 0)
            {
                throw new ArgumentException($"Tensor '{name}' has a negative extent, {extent}.");
            }

            isEmpty |= extent == 0;
            count = count > long.MaxValue / 8 ? count : count * Math.Max(1, extent);
        }

        return isEmpty ? 0 : count <= long.MaxValue / 8
            ? (long)count
            : throw new ArgumentException($"Tensor '{name}' has more elements than can be counted.");
    }
}
