namespace Avion.Data;

/// <summary>Remembers the tokens of byte strings; look-ups take no lock, and a full cache stays as it is.</summary>
internal sealed class TokenCache
{
    private const int LongestProbe = 16;

    private readonly Entry?[] _slots;
    private readonly int _capacity;
    private readonly int _longestKey;
    private readonly Lock _gate = new();
    private int _count;

    /// <summary>A cache for <paramref name="capacity"/> keys of at most <paramref name="longestKey"/> bytes.</summary>
    public TokenCache(int capacity, int longestKey)
    {
        _capacity = capacity;
        _longestKey = longestKey;
        _slots = new Entry[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];
    }

    public int[]? Find(ReadOnlySpan<byte> key)
    {
        uint hash = Hash(key);
        for (int probe = 0; probe < LongestProbe; probe++)
        {
            Entry? entry = Volatile.Read(ref _slots[(hash + (uint)probe) & (uint)(_slots.Length - 1)]);
            if (entry is null)
            {
                return null;
            }

            if (entry.Hash == hash && key.SequenceEqual(entry.Key))
            {
                return entry.Tokens;
            }
        }

        return null;
    }

    public void Add(ReadOnlySpan<byte> key, int[] tokens)
    {
        if (key.Length > _longestKey || _count >= _capacity)
        {
            return;
        }

        uint hash = Hash(key);
        lock (_gate)
        {
            for (int probe = 0; probe < LongestProbe && _count < _capacity; probe++)
            {
                ref Entry? slot = ref _slots[(hash + (uint)probe) & (uint)(_slots.Length - 1)];
                if (slot is null)
                {
                    _count++;
                    Volatile.Write(ref slot, new Entry(hash, key.ToArray(), tokens));
                    return;
                }

                if (slot.Hash == hash && key.SequenceEqual(slot.Key))
                {
                    return;
                }
            }
        }
    }

    // FNV-1a (words are short), with a last mix because the table uses the low bits.
    private static uint Hash(ReadOnlySpan<byte> key)
    {
        uint hash = 2166136261;
        foreach (byte value in key)
        {
            hash = (hash ^ value) * 16777619;
        }

        return hash ^ (hash >> 15);
    }

    private sealed record Entry(uint Hash, byte[] Key, int[] Tokens);
}
