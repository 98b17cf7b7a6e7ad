namespace Avion.Compute;

/// <summary>A named tensor's place in flat memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Offset">Its first element.</param>
public readonly record struct FlatSlice(string Name, Shape Shape, long Offset);

/// <summary>Where named tensors lie in flat memory, one behind the other: names, shapes and offsets, no memory.</summary>
/// <remarks>
/// Every slice starts at a multiple of <see cref="Alignment"/> elements. Buffers of one layout, or of the first slices of one, hold
/// values, gradients and optimizer states of a parameter at the same offset, so that clipping, updates and all-reduce walk flat memory.
/// </remarks>
public sealed class FlatLayout
{
    /// <summary>Elements to which slices are aligned: 64 bytes of float32, 32 of bfloat16.</summary>
    public const int Alignment = 16;

    private readonly FlatSlice[] _slices;

    private FlatLayout(FlatSlice[] slices, long count) => (_slices, Count) = (slices, count);

    /// <summary>The slices, in the order of their offsets.</summary>
    public IReadOnlyList<FlatSlice> Slices => _slices;

    /// <summary>Elements in all, gaps included.</summary>
    public long Count { get; }

    /// <summary>Lays tensors out in this order.</summary>
    public static FlatLayout Of(IEnumerable<(string Name, Shape Shape)> tensors)
    {
        List<FlatSlice> slices = [];
        long count = 0;
        foreach ((string name, Shape shape) in tensors)
        {
            slices.Add(new FlatSlice(name, shape, count));
            count = End(count, shape);
        }

        return new FlatLayout([.. slices], count);
    }

    /// <summary>The layout of the first slices alone.</summary>
    public FlatLayout First(int sliceCount) =>
        new(_slices[..sliceCount], sliceCount == 0 ? 0 : End(_slices[sliceCount - 1].Offset, _slices[sliceCount - 1].Shape));

    private static long End(long offset, Shape shape) => offset + ((shape.Count + Alignment - 1) / Alignment * Alignment);
}
