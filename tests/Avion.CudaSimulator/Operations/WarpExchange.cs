namespace Avion.CudaSimulator;

/// <summary>Exchange between the lanes of a warp.</summary>
internal static class WarpExchange
{
    public static Operation Shuffle(Decoder decoder)
    {
        decoder.Allow("sync", "bfly", "down", "up", "idx");
        decoder.Expect(5);
        PtxType type = PtxType.B32;
        string mode = decoder.Source.Modifiers.FirstOrDefault(word => word is "bfly" or "down" or "up" or "idx")
            ?? throw decoder.Unknown("says no way of shuffling");
        PtxOperand target = decoder.Source.Operands[0];
        int d = decoder.Write(0, type);
        int p = target.Second is { Form: not OperandForm.Sink } second ? decoder.WritePredicate(second) : -1;
        return decoder.Source.Has("sync") ? new ShuffleOperation(mode, d, p, decoder.Read(1, type), decoder.Read(2, type), decoder.Read(3, type),
            decoder.Read(4, type)) : throw decoder.Unknown("shuffles without .sync");
    }

    public static Operation Vote(Decoder decoder)
    {
        decoder.Allow("sync", "any", "all", "uni", "ballot");
        decoder.Expect(3);
        string mode = decoder.Source.Modifiers.First(word => word is "any" or "all" or "uni" or "ballot");
        int source = decoder.ReadPredicate(decoder.Source.Operands[1]), members = decoder.Read(2, PtxType.B32);
        return mode == "ballot" ? new VoteOperation(mode, -1, decoder.Write(0, PtxType.B32), source, members)
            : new VoteOperation(mode, decoder.WritePredicate(decoder.Source.Operands[0]), -1, source, members);
    }

    public static Operation ActiveMask(Decoder decoder) => new ActiveMaskOperation(decoder.Write(0, PtxType.B32));
}

/// <summary>Gives each lane another's number; all lanes that the mask names must run it.</summary>
internal sealed unsafe class ShuffleOperation(string mode, int d, int predicate, int a, int b, int clampPlace, int members) : Operation
{
    public override void Execute(Warp warp)
    {
        int any = System.Numerics.BitOperations.TrailingZeroCount(warp.Active);
        uint named = ((uint*)(warp.Registers + members))[any];
        if (!warp.Gather(this, named))
        {
            return;
        }

        uint* source = (uint*)(warp.Registers + a), target = (uint*)(warp.Registers + d), places = (uint*)(warp.Registers + b);
        uint* clamps = (uint*)(warp.Registers + clampPlace);
        uint* results = stackalloc uint[32];
        uint valid = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            int by = (int)places[lane] & 31, clamp = (int)clamps[lane] & 31, segment = (int)(clamps[lane] >> 8) & 31;
            int largest = (lane & segment) | (clamp & ~segment), smallest = lane & segment;
            int from = mode switch { "bfly" => lane ^ by, "down" => lane + by, "up" => lane - by, _ => smallest | (by & ~segment) };
            bool isInside = mode == "up" ? from >= largest : from <= largest;
            from = isInside ? from : lane;
            valid |= isInside ? 1u << lane : 0;
            if (((warp.Active >> lane) & 1) != 0 && ((named >> from) & 1) == 0)
            {
                throw SimulationException.At(FailureKind.Divergence, warp, this, lane, $"shuffles from lane {from}, which the mask {named:x} does not name.");
            }

            results[lane] = source[from & 31];
        }

        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            target[lane] = results[lane];
        }

        if (predicate >= 0)
        {
            warp.Predicates[predicate] = (warp.Predicates[predicate] & ~warp.Active) | (valid & warp.Active);
        }
    }
}

/// <summary>Joins a predicate of the lanes that a mask names.</summary>
internal sealed unsafe class VoteOperation(string mode, int predicate, int d, int source, int members) : Operation
{
    public override void Execute(Warp warp)
    {
        uint named = ((uint*)(warp.Registers + members))[System.Numerics.BitOperations.TrailingZeroCount(warp.Active)];
        if (!warp.Gather(this, named))
        {
            return;
        }

        uint holds = PredicateOperation.Read(warp, source) & named;
        if (mode == "ballot")
        {
            for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
            {
                ((uint*)(warp.Registers + d))[System.Numerics.BitOperations.TrailingZeroCount(rest)] = holds;
            }

            return;
        }

        bool result = mode switch { "any" => holds != 0, "all" => holds == named, _ => holds == named || holds == 0 };
        warp.Predicates[predicate] = (warp.Predicates[predicate] & ~warp.Active) | (result ? warp.Active : 0);
    }
}

/// <summary>The lanes that run together now.</summary>
internal sealed unsafe class ActiveMaskOperation(int d) : Operation
{
    public override void Execute(Warp warp)
    {
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            ((uint*)(warp.Registers + d))[System.Numerics.BitOperations.TrailingZeroCount(rest)] = warp.Active;
        }
    }
}
