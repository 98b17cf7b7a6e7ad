using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>cp.async: copies from global to shared memory that go on while the thread does.</summary>
internal static class AsyncCopyOperations
{
    public static Operation Build(Decoder decoder)
    {
        decoder.Allow("async", "ca", "cg", "shared", "global", "commit_group", "wait_group", "wait_all", "L2::128B", "L2::64B", "L2::256B");
        PtxInstruction source = decoder.Source;
        if (!source.Has("async"))
        {
            throw decoder.Unknown("is no copy that the simulator knows");
        }

        if (source.Has("commit_group"))
        {
            return new CommitCopies();
        }

        if (source.Has("wait_group") || source.Has("wait_all"))
        {
            return new WaitForCopies(source.Has("wait_all") ? -1 : int.Parse(source.Operands[0].Text, CultureInfo.InvariantCulture));
        }

        int bytes = int.Parse(source.Operands[2].Text, CultureInfo.InvariantCulture);
        if (bytes is not (4 or 8 or 16) || (source.Has("cg") && bytes != 16) || source.Operands.Length is < 3 or > 4)
        {
            throw decoder.Unknown($"copies {bytes} bytes, expected 4, 8 or 16, and 16 with .cg");
        }

        decoder.Program.UsesShared(bytes);
        (int, bool, long) to = decoder.Address(0), from = decoder.Address(1);
        return new CopyAsync(from, to, bytes, source.Operands.Length == 4 ? decoder.Read(3, PtxType.B32) : -1);
    }
}

/// <summary>Begins a copy of each lane; bytes beyond the source's size are zeros.</summary>
internal sealed unsafe class CopyAsync((int Place, bool IsWide, long Offset) from, (int Place, bool IsWide, long Offset) to, int size, int sizePlace)
    : MemoryOperation(MemorySpace.Global, from, size)
{
    public override void Execute(Warp warp)
    {
        Count(warp);
        ulong* targets = stackalloc ulong[32];
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* place = warp.Registers + to.Place;
            targets[lane] = to.IsWide ? ((ulong*)place)[lane] + (ulong)to.Offset : (uint)(((uint*)place)[lane] + (ulong)to.Offset);
            int given = sizePlace < 0 ? Bytes : Math.Min(Bytes, ((int*)(warp.Registers + sizePlace))[lane]);
            byte[] data = new byte[Bytes];
            if (given == Bytes)
            {
                new ReadOnlySpan<byte>(Locate(warp, lane, Address(warp, lane), writes: false), Bytes).CopyTo(data);
            }
            else if (given > 0)
            {
                throw SimulationException.At(FailureKind.UnknownInstruction, warp, this, lane, $"copies {given} of {Bytes} bytes; known are all or none.");
            }

            warp.Copies.Begin(this, lane, targets[lane], data);
        }

        if (warp.Block.CollectsStatistics)
        {
            BankConflicts += MemoryPatterns.ExtraPasses(targets, warp.Active, Bytes);
        }
    }
}

/// <summary>Closes the group of the copies begun since the last.</summary>
internal sealed class CommitCopies : Operation
{
    public override void Execute(Warp warp) => warp.Copies.Commit();
}

/// <summary>Waits for all groups but the newest.</summary>
internal sealed class WaitForCopies(int newest) : Operation
{
    public override void Execute(Warp warp) => warp.Copies.Wait(newest);
}
