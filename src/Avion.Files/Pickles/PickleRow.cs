namespace Avion.Files;

/// <summary>What a field of a <see cref="PickleRow"/> is.</summary>
public enum PickleFieldKind : byte
{
    /// <summary>None, true, false, or anything else that is not read.</summary>
    Other,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Text, as UTF-8 that is not checked.</summary>
    Text,

    /// <summary>A list or a tuple.</summary>
    Sequence,
}

/// <summary>A tuple of a pickled list, without an object for any of its values; valid until the next one.</summary>
public readonly ref struct PickleRow
{
    private readonly PickleRowReader _reader;
    private readonly ReadOnlySpan<PickleCell> _cells;

    internal PickleRow(PickleRowReader reader, ReadOnlySpan<PickleCell> cells)
    {
        _reader = reader;
        _cells = cells;
    }

    /// <summary>Fields.</summary>
    public int Count => _cells.Length;

    /// <summary>What a field is.</summary>
    public PickleFieldKind Kind(int field) => _cells[field].Kind;

    /// <summary>The number that a field is.</summary>
    public double Number(int field) => _cells[field].Number;

    /// <summary>The text that a field is.</summary>
    public ReadOnlySpan<byte> Text(int field) => _reader.TextOf(_cells[field]);

    /// <summary>The items of the list or tuple that a field is.</summary>
    public PickleRow Items(int field) => new(_reader, _reader.ItemsOf(_cells[field]));
}

/// <summary>A value of a pickle in 16 bytes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="IsRemembered">A text that lies in the memory of texts instead of the file.</param>
/// <param name="Count">Bytes of a text, items of a sequence.</param>
/// <param name="Data">A number's bits, a text's place, a sequence's first item.</param>
internal readonly record struct PickleCell(PickleFieldKind Kind, bool IsRemembered, int Count, long Data)
{
    public double Number => BitConverter.Int64BitsToDouble(Data);

    public static PickleCell Of(double number) => new(PickleFieldKind.Number, false, 0, BitConverter.DoubleToInt64Bits(number));
}
