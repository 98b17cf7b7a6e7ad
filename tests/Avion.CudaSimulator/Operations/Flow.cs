namespace Avion.CudaSimulator;

/// <summary>Branches, ends and barriers.</summary>
internal static class Flow
{
    public static Operation Branch(Decoder decoder)
    {
        decoder.Allow("uni");
        decoder.Expect(1);
        decoder.Target = decoder.Label(0);
        decoder.HeedsGuard = true;
        decoder.Ends = true;
        return new BranchOperation(decoder.Target, decoder.Guard(), decoder.Source.GuardNegated);
    }

    public static Operation Return(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(0);
        decoder.HeedsGuard = true;
        decoder.Ends = true;
        return new ReturnOperation(decoder.Guard(), decoder.Source.GuardNegated);
    }

    public static Operation Barrier(Decoder decoder)
    {
        decoder.Allow("sync", "warp", "aligned", "cta");
        decoder.Expect(1);
        if (!decoder.Source.Has("sync"))
        {
            throw decoder.Unknown("is no barrier that the simulator knows");
        }

        if (decoder.Source.Has("warp"))
        {
            return new WarpBarrier(decoder.Read(0, PtxType.B32));
        }

        return decoder.Source.Operands[0].Text == "0" ? new BlockBarrier() : throw decoder.Unknown("uses another barrier than 0 of all threads");
    }

    public static Operation Fence(Decoder decoder)
    {
        decoder.Allow("gl", "cta", "sys", "acq_rel", "sc", "gpu");
        return new FenceOperation();
    }

    public static Operation Trap(Decoder decoder)
    {
        decoder.Ends = true;
        return new TrapOperation();
    }
}

/// <summary>Goes on elsewhere where a predicate holds.</summary>
internal sealed unsafe class BranchOperation(int target, int guard, bool negated) : Operation
{
    public override void Execute(Warp warp)
    {
        uint holds = guard < 0 ? AllLanes : negated ? ~warp.Predicates[guard] : warp.Predicates[guard];
        warp.Branch(holds & warp.Active, target);
    }
}

/// <summary>Ends lanes.</summary>
internal sealed unsafe class ReturnOperation(int guard, bool negated) : Operation
{
    public override void Execute(Warp warp)
    {
        uint holds = guard < 0 ? AllLanes : negated ? ~warp.Predicates[guard] : warp.Predicates[guard];
        if ((holds & warp.Active) != 0)
        {
            warp.Return(holds & warp.Active);
        }
    }
}

/// <summary>Waits for all warps of the block that have not returned; all lanes of a warp must come to it together, none may have returned.</summary>
internal sealed class BlockBarrier : Operation
{
    public override void Execute(Warp warp)
    {
        if (warp.Gather(this, warp.Begun))
        {
            warp.EnterBarrier();
        }
    }
}

/// <summary>Waits for lanes of the warp and makes what they wrote to shared memory seen.</summary>
internal sealed unsafe class WarpBarrier(int members) : Operation
{
    public override void Execute(Warp warp)
    {
        uint named = ((uint*)(warp.Registers + members))[System.Numerics.BitOperations.TrailingZeroCount(warp.Active)];
        uint needed = named == AllLanes ? warp.Alive : named;
        if (warp.Gather(this, needed))
        {
            if (needed != warp.Alive)
            {
                throw SimulationException.At(FailureKind.UnknownInstruction, warp, this, -1, "names some lanes of the warp alone.");
            }

            warp.Interval++;
        }
    }
}

/// <summary>Orders memory for other blocks: blocks run one after another here.</summary>
internal sealed class FenceOperation : Operation
{
    public override void Execute(Warp warp)
    {
    }
}

/// <summary>The kernel says that something is wrong.</summary>
internal sealed class TrapOperation : Operation
{
    public override void Execute(Warp warp) => throw SimulationException.At(FailureKind.Trap, warp, this,
        System.Numerics.BitOperations.TrailingZeroCount(warp.Active), "the kernel traps.");
}
