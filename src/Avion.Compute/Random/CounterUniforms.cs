namespace Avion.Compute;

/// <summary>Many numbers of <see cref="CounterRandom"/> at once, in vector code: the same numbers at every width.</summary>
internal static unsafe class CounterUniforms
{
    /// <summary>Numbers 4 · <paramref name="firstBlock"/> and on of a stream, uniform in [0, 1) with 24 random bits.</summary>
    /// <param name="seed">Key.</param>
    /// <param name="stream">Which stream.</param>
    /// <param name="firstBlock">First block of four numbers.</param>
    /// <param name="blockCount">How many blocks.</param>
    /// <param name="uniforms">[4 · blockCount].</param>
    public static void Fill(ulong seed, ulong stream, ulong firstBlock, int blockCount, float* uniforms)
    {
        int done = VectorWidth.Bits switch
        {
            512 => Fill<CounterLanes512>(seed, stream, firstBlock, blockCount, uniforms),
            256 => Fill<CounterLanes256>(seed, stream, firstBlock, blockCount, uniforms),
            128 => Fill<CounterLanes128>(seed, stream, firstBlock, blockCount, uniforms),
            _ => 0,
        };
        for (; done < blockCount; done++)
        {
            float* four = uniforms + (4 * done);
            (uint r0, uint r1, uint r2, uint r3) = CounterRandom.Block(seed, stream, firstBlock + (ulong)done);
            (four[0], four[1], four[2], four[3]) =
                ((r0 >> 8) * CounterRandom.Unit, (r1 >> 8) * CounterRandom.Unit, (r2 >> 8) * CounterRandom.Unit,
                    (r3 >> 8) * CounterRandom.Unit);
        }
    }

    /// <summary>Fills whole vectors of blocks.</summary>
    /// <returns>How many blocks are done.</returns>
    private static int Fill<TLanes>(ulong seed, ulong stream, ulong firstBlock, int blockCount, float* uniforms)
        where TLanes : struct, ICounterLanes<TLanes>
    {
        int block = 0;
        for (; block <= blockCount - TLanes.Count; block += TLanes.Count)
        {
            // Only the low half of a lane counts: products read no more, and whatever exclusive-or leaves above is never looked at.
            TLanes c0 = TLanes.Blocks(firstBlock + (ulong)block), c1 = TLanes.High(c0), c2 = TLanes.Create(stream),
                c3 = TLanes.Create(stream >> 32);
            uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
            for (int round = 0; round < CounterRandom.RoundCount; round++)
            {
                TLanes p0 = TLanes.Multiply(c0, CounterRandom.Multiplier0), p1 = TLanes.Multiply(c2, CounterRandom.Multiplier1);
                c0 = TLanes.Xor(TLanes.High(p1), c1, TLanes.Create(k0));
                c1 = p1;
                c2 = TLanes.Xor(TLanes.High(p0), c3, TLanes.Create(k1));
                c3 = p0;
                k0 += CounterRandom.Weyl0;
                k1 += CounterRandom.Weyl1;
            }

            TLanes.StoreUniforms(c0, c1, c2, c3, uniforms + (4 * block));
        }

        return block;
    }
}
