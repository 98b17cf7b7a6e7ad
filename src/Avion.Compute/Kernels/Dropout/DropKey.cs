using System;

namespace Avion.Compute;

/// <summary>Names the random numbers of one operation in one step, so that running it again draws the same.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">Which numbers: a hash of purpose, layer and step; see <see cref="For"/>.</param>
public readonly record struct DropKey(ulong Seed, ulong Stream)
{
    /// <summary>The key of one place in the model at one step.</summary>
    public static DropKey For(ulong seed, ulong place, ulong step) => new(seed, CounterRandom.Mix(CounterRandom.Mix(place) + step));

    /// <summary>Number <paramref name="index"/> of the stream, uniform in [0, 1).</summary>
    internal float Uniform(long index)
    {
        Span<float> uniforms = stackalloc float[4];
        Uniforms(index >> 2, uniforms);
        return uniforms[(int)(index & 3)];
    }

    /// <summary>Numbers 4 · block to 4 · block + 3 of the stream.</summary>
    internal void Uniforms(long block, Span<float> four)
    {
        const float Unit = 1.0f / (1 << 24);
        (uint r0, uint r1, uint r2, uint r3) = CounterRandom.Block(Seed, Stream, (ulong)block);
        (four[0], four[1], four[2], four[3]) = ((r0 >> 8) * Unit, (r1 >> 8) * Unit, (r2 >> 8) * Unit, (r3 >> 8) * Unit);
    }
}
