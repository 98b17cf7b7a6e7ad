using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Where an address points to.</summary>
internal enum MemorySpace
{
    /// <summary>Memory of the device.</summary>
    Global,

    /// <summary>Memory of a block.</summary>
    Shared,

    /// <summary>Memory of a thread.</summary>
    Local,

    /// <summary>Any of these, told by the address.</summary>
    Generic,
}

/// <summary>What counts passes over the banks of shared memory.</summary>
internal interface ICountsBanks
{
    /// <summary>Passes beyond those that the bytes need.</summary>
    long BankConflicts { get; set; }
}

/// <summary>What a load, a store and an atomic operation share: addresses, checks and counts.</summary>
internal abstract unsafe class MemoryOperation(MemorySpace space, (int Place, bool IsWide, long Offset) address, int bytes) : Operation, ICountsBanks
{
    private Allocation? _last;

    public MemorySpace Space => space;

    /// <summary>Times that a warp ran it.</summary>
    public long Requests { get; set; }

    /// <summary>Stretches of 32 bytes of global memory that it touched.</summary>
    public long Sectors { get; set; }

    /// <summary>Bytes that lanes asked for.</summary>
    public long BytesMoved { get; set; }

    public long BankConflicts { get; set; }

    /// <summary>Bytes of a lane's access.</summary>
    protected int Bytes => bytes;

    protected ulong Address(Warp warp, int lane)
    {
        byte* place = warp.Registers + address.Place;
        ulong start = address.IsWide ? ((ulong*)place)[lane] : ((uint*)place)[lane];
        return address.IsWide ? start + (ulong)address.Offset : (uint)(start + (ulong)address.Offset);
    }

    /// <summary>Host address of what a lane uses, after all checks.</summary>
    protected byte* Locate(Warp warp, int lane, ulong at, bool writes, bool changes = false)
    {
        MemorySpace where = space;
        if (where == MemorySpace.Generic)
        {
            where = at - KernelProgram.SharedWindow < KernelProgram.WindowBytes ? MemorySpace.Shared
                : at - KernelProgram.LocalWindow < KernelProgram.WindowBytes ? MemorySpace.Local : MemorySpace.Global;
            at -= where == MemorySpace.Shared ? KernelProgram.SharedWindow : where == MemorySpace.Local ? KernelProgram.LocalWindow : 0;
        }

        return where switch
        {
            MemorySpace.Shared when changes => warp.Block.SharedMemory.Change(warp, this, lane, at, bytes),
            MemorySpace.Shared when writes => warp.Block.SharedMemory.Write(warp, this, lane, at, bytes),
            MemorySpace.Shared => warp.Block.SharedMemory.Read(warp, this, lane, at, bytes),
            MemorySpace.Local => warp.LocalMemory!.Locate(warp, this, lane, at, bytes, writes),
            _ => LocateGlobal(warp, lane, at, writes, changes),
        };
    }

    /// <summary>Counts one execution.</summary>
    protected void Count(Warp warp)
    {
        if (!warp.Block.CollectsStatistics)
        {
            return;
        }

        Requests++;
        ulong* addresses = stackalloc ulong[32];
        for (int lane = 0; lane < 32; lane++)
        {
            addresses[lane] = Address(warp, lane);
        }

        if (space == MemorySpace.Shared)
        {
            BankConflicts += MemoryPatterns.ExtraPasses(addresses, warp.Active, bytes);
        }
        else if (space == MemorySpace.Global)
        {
            int sectors = MemoryPatterns.Sectors(addresses, warp.Active, bytes);
            Sectors += sectors;

            // Lanes that ask for one place together are given it once.
            BytesMoved += Math.Min((long)bytes * BitOperations.PopCount(warp.Active), 32L * sectors);
        }
    }

    private byte* LocateGlobal(Warp warp, int lane, ulong at, bool writes, bool changes)
    {
        Allocation? allocation = _last;
        if (allocation is null || allocation.IsFreed || at - allocation.Start + (ulong)bytes > (ulong)allocation.Bytes || at < allocation.Start)
        {
            allocation = Find(warp, lane, at, writes);
        }

        long offset = (long)(at - allocation.Start);
        if ((at & (ulong)(bytes - 1)) != 0)
        {
            throw SimulationException.At(FailureKind.Unaligned, warp, this, lane,
                $"uses {bytes} bytes at byte {offset} of {allocation}, an address that is no multiple of {bytes}.");
        }

        if (!writes || changes)
        {
            if (!allocation.IsWritten(offset, bytes))
            {
                throw SimulationException.At(FailureKind.UnwrittenRead, warp, this, lane,
                    $"reads {bytes} bytes at byte {offset} of {allocation}, which nobody wrote.");
            }
        }
        else
        {
            allocation.MarkWritten(offset, bytes);
        }

        return allocation.Data + offset;
    }

    private Allocation Find(Warp warp, int lane, ulong at, bool writes)
    {
        DeviceMemory memory = warp.Block.Memory;
        Allocation? found = memory.Find(at);
        if (found is null || at + (ulong)bytes > found.Start + (ulong)found.Bytes)
        {
            FailureKind kind = found is null ? memory.Kind(at) : FailureKind.OutOfBounds;
            string reach = found is null ? "" : $", past its end";
            throw SimulationException.At(kind, warp, this, lane,
                $"{(writes ? "writes" : "reads")} {bytes} bytes at address {at:x}: {memory.Describe(at)}{reach}.");
        }

        return _last = found;
    }
}

/// <summary>What a warp's addresses cost.</summary>
internal static unsafe class MemoryPatterns
{
    private const int Banks = 32;

    /// <summary>Distinct stretches of 32 bytes.</summary>
    public static int Sectors(ulong* addresses, uint active, int bytes)
    {
        ulong* seen = stackalloc ulong[64];
        int count = 0;
        ulong last = ulong.MaxValue;
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            ulong sector = addresses[BitOperations.TrailingZeroCount(rest)] >> 5;
            if (sector != last && new ReadOnlySpan<ulong>(seen, count).IndexOf(sector) < 0)
            {
                seen[count++] = sector;
            }

            last = sector;
        }

        return count;
    }

    /// <summary>Passes beyond one for each 128 bytes: lanes go in parts whose bytes fill 128, and one bank gives one word a pass.</summary>
    public static int ExtraPasses(ulong* addresses, uint active, int bytes)
    {
        int words = Math.Max(1, bytes / 4), lanesAtOnce = Banks / words, extra = 0;
        int* counts = stackalloc int[Banks];
        ulong* seen = stackalloc ulong[Banks * 32];
        for (int first = 0; first < 32; first += lanesAtOnce)
        {
            new Span<int>(counts, Banks).Clear();
            int worst = 1;
            for (int lane = first; lane < first + lanesAtOnce; lane++)
            {
                for (int w = 0; w < words && ((active >> lane) & 1) != 0; w++)
                {
                    ulong word = (addresses[lane] >> 2) + (ulong)w;
                    int bank = (int)(word % Banks);
                    if (new ReadOnlySpan<ulong>(seen + (32 * bank), counts[bank]).IndexOf(word) < 0)
                    {
                        seen[(32 * bank) + counts[bank]++] = word;
                        worst = Math.Max(worst, counts[bank]);
                    }
                }
            }

            extra += worst - 1;
        }

        return extra;
    }
}
