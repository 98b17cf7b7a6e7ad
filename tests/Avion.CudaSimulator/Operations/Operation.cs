namespace Avion.CudaSimulator;

/// <summary>An instruction made ready to run: for all 32 lanes of a warp at once.</summary>
internal abstract unsafe class Operation
{
    public const uint AllLanes = 0xFFFFFFFF;

    /// <summary>As it stands in the text.</summary>
    public PtxInstruction Source { get; set; } = null!;

    /// <summary>How often a warp ran it.</summary>
    public long Executions { get; set; }

    /// <summary>Runs it for the warp's active lanes.</summary>
    public abstract void Execute(Warp warp);

    /// <summary>Writes a part of a register, active lanes alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Put<T>(Warp warp, byte* place, int part, Vector512<T> value) where T : struct
    {
        byte* target = place + (64 * part);
        if (warp.Active != AllLanes)
        {
            Vector512<T> mask = Vector512.Load((Unsafe.SizeOf<T>() == 8 ? warp.WideMask : warp.NarrowMask) + (64 * part)).As<byte, T>();
            value = Vector512.ConditionalSelect(mask, value, Vector512.Load(target).As<byte, T>());
        }

        value.AsByte().Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static Vector512<T> Get<T>(byte* place, int part) where T : struct => Vector512.Load(place + (64 * part)).As<byte, T>();

    /// <summary>Vectors that 32 lanes of a type fill: 2 of 32 bits, 4 of 64.</summary>
    protected static int Parts<T>() where T : struct => Unsafe.SizeOf<T>() / 2;
}

/// <summary>Runs another operation where a predicate holds.</summary>
internal sealed unsafe class GuardedOperation(Operation inner, int predicate, bool negated) : Operation
{
    public Operation Inner => inner;

    public override void Execute(Warp warp)
    {
        uint all = warp.Active, chosen = (negated ? ~warp.Predicates[predicate] : warp.Predicates[predicate]) & all;
        if (chosen == 0)
        {
            return;
        }

        warp.SetActive(chosen);
        inner.Executions++;
        inner.Execute(warp);
        warp.SetActive(all);
    }
}

/// <summary>Runs another operation on registers that some path leaves without a value, and knows which lanes have one.</summary>
/// <remarks>Only registers that some way through the kernel reads before it writes them are watched: for all others liveness proves that
/// every read follows a write.</remarks>
internal sealed unsafe class WatchedOperation(Operation inner, string[] readNames, int[] reads, int[] writes, bool isMove) : Operation
{
    public Operation Inner => inner;

    public override void Execute(Warp warp)
    {
        uint defined = AllLanes;
        for (int i = 0; i < reads.Length; i++)
        {
            uint known = warp.Defined[reads[i]];
            if (isMove)
            {
                defined &= known;
            }
            else if ((known & warp.Active) != warp.Active)
            {
                int lane = System.Numerics.BitOperations.TrailingZeroCount(warp.Active & ~known);
                throw SimulationException.At(FailureKind.UnwrittenRead, warp, this, lane, $"reads register {readNames[i]}, which nobody wrote.");
            }
        }

        uint active = warp.Active;
        inner.Executions++;
        inner.Execute(warp);
        foreach (int write in writes)
        {
            warp.Defined[write] = (warp.Defined[write] & ~active) | (defined & active);
        }
    }
}
