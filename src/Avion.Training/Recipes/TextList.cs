using System.Collections;
using System.Runtime.CompilerServices;

namespace Avion.Training;

/// <summary>An immutable list of texts that is equal to another list with the same texts, as recipes need.</summary>
[CollectionBuilder(typeof(TextList), nameof(Create))]
public sealed class TextList : IReadOnlyList<string>, IEquatable<TextList>
{
    private readonly string[] _items;

    private TextList(string[] items) => _items = items;

    public static TextList Empty { get; } = new([]);

    public int Count => _items.Length;

    public string this[int index] => _items[index];

    public static TextList Create(ReadOnlySpan<string> items) => new(items.ToArray());

    public bool Equals(TextList? other) => other is not null && _items.SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as TextList);

    public override int GetHashCode() => _items.Aggregate(_items.Length, HashCode.Combine);

    public override string ToString() => string.Join(", ", _items);

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
