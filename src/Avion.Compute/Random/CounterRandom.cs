namespace Avion.Compute;

/// <summary>A counter-based random generator: number i of stream s under seed k is a pure function of (k, s, i).</summary>
/// <remarks>
/// Philox 4x32 with 10 rounds. Nothing is carried from draw to draw but a counter, so draws are the same for any number of threads,
/// after a resume and on every machine; streams of different (seed, stream) pairs are independent.
/// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3 and table 2.
/// </remarks>
public struct CounterRandom
{
    /// <summary>2^-24: a number's upper 24 bits times this are uniform in [0, 1).</summary>
    internal const float Unit = 1.0f / (1 << 24);

    internal const int RoundCount = 10;
    internal const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    private readonly ulong _seed;
    private readonly ulong _stream;
    private ulong _block;
    private uint _r0, _r1, _r2, _r3;
    private int _left;

    /// <summary>Opens a stream at its first number.</summary>
    /// <param name="seed">Key: the run's seed.</param>
    /// <param name="stream">Which independent stream, for example a sample's position in the run.</param>
    public CounterRandom(ulong seed, ulong stream)
    {
        _seed = seed;
        _stream = stream;
    }

    /// <summary>Opens the stream named by a purpose and up to two positions, such as ("crop", epoch, index).</summary>
    public static CounterRandom For(ulong seed, string purpose, ulong first = 0, ulong second = 0)
    {
        ulong hash = Hash(purpose);
        return new CounterRandom(Mix(seed ^ Mix(hash)), Mix(Mix(hash + first) + second));
    }

    /// <summary>What stands for a purpose: FNV-1a over its name, stable across processes, unlike string.GetHashCode.</summary>
    internal static ulong Hash(string purpose)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in purpose)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return hash;
    }

    /// <summary>Four numbers at once: the block <paramref name="block"/> of stream <paramref name="stream"/>.</summary>
    public static (uint R0, uint R1, uint R2, uint R3) Block(ulong seed, ulong stream, ulong block)
    {
        uint c0 = (uint)block, c1 = (uint)(block >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < RoundCount; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Uniform over all 32-bit numbers.</summary>
    public uint NextUInt32()
    {
        if (_left == 0)
        {
            (_r0, _r1, _r2, _r3) = Block(_seed, _stream, _block++);
            _left = 4;
        }

        return _left-- switch { 4 => _r0, 3 => _r1, 2 => _r2, _ => _r3 };
    }

    /// <summary>Uniform over all 64-bit numbers.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>Uniform over 0, 1, …, <paramref name="bound"/> - 1, without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);

        // Lemire 2019: multiply, and redraw in the few cases that would be counted once too often.
        uint range = (uint)bound;
        ulong product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            uint threshold = (uint)(-(int)range) % range;
            while ((uint)product < threshold)
            {
                product = (ulong)NextUInt32() * range;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Uniform in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1), with 24 random bits.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * Unit;

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller 1958; one value a call, two uniforms).</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Spreads the bits of a 64-bit number (SplitMix64's finalizer).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
