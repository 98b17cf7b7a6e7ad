using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Avion.Data;

/// <summary>Distinct names, each with a number in the order in which they came: their bytes and twelve more a name.</summary>
internal sealed class NameTable : IReadOnlyList<string>
{
    private const int SmallestTable = 16;

    // A seed of this process: names cannot be chosen so that they fall on one place.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly CaptionStore _names = new();
    private int[] _slots = [];
    private int _last = -1;

    /// <summary>Names.</summary>
    public int Count => _names.Count;

    /// <summary>Memory that the table takes, in bytes.</summary>
    public long MemoryBytes => _names.MemoryBytes + ((long)sizeof(int) * _slots.Length);

    public string this[int number] => _names.Text(number);

    public ReadOnlySpan<byte> Utf8(int number) => _names.Utf8(number);

    /// <summary>The number of a name, which is new where no name was the same.</summary>
    public int Add(ReadOnlySpan<byte> name)
    {
        // Clips of one video mostly follow each other.
        if (_last >= 0 && name.SequenceEqual(_names.Utf8(_last)))
        {
            return _last;
        }

        if (2 * Count >= _slots.Length)
        {
            Grow();
        }

        int slot = Slot(name);
        if (_slots[slot] == 0)
        {
            _slots[slot] = _names.Add(name) + 1;
        }

        return _last = _slots[slot] - 1;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (int number = 0; number < Count; number++)
        {
            yield return this[number];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void AppendTo(IncrementalHash digest) => _names.AppendTo(digest);

    internal void Write(CacheWriter writer) => _names.Write(writer);

    // The places of names are only needed to add more.
    internal void Read(CacheReader reader) => _names.Read(reader);

    private void Grow()
    {
        _slots = new int[Math.Max(SmallestTable, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Count * 4))];
        for (int number = 0; number < Count; number++)
        {
            _slots[Slot(_names.Utf8(number))] = number + 1;
        }
    }

    private int Slot(ReadOnlySpan<byte> name)
    {
        int mask = _slots.Length - 1, slot = (int)Hash(name) & mask;
        while (_slots[slot] != 0 && !name.SequenceEqual(_names.Utf8(_slots[slot] - 1)))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        ulong hash = s_seed ^ ((ulong)name.Length * 0x9E3779B97F4A7C15);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(name);
        foreach (ulong word in words)
        {
            hash = Mix(hash ^ word);
        }

        foreach (byte value in name[(words.Length * sizeof(ulong))..])
        {
            hash = Mix(hash ^ value);
        }

        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, s_seed | 0xA0761D6478BD642F, out ulong low);
        return high ^ low ^ 0xE7037ED1A0B428DB;
    }
}
