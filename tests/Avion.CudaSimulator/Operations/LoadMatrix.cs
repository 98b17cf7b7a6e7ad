namespace Avion.CudaSimulator;

/// <summary>ldmatrix: 8 × 8 matrices of 16-bit numbers from shared memory, spread over a warp's lanes as matrix products want them.</summary>
/// <remarks>
/// Lane i gives the address of row i % 8 of matrix i / 8; lane t gets elements 2 (t % 4) and the next of row t / 4, or of column t / 4 where
/// matrices are transposed. Source: PTX ISA, "Warp-level matrix load instruction: ldmatrix".
/// </remarks>
internal sealed unsafe class LoadMatrix((int Place, bool IsWide, long Offset) address, int[] targets, bool transposes) : Operation, ICountsBanks
{
    private const int RowBytes = 16;

    public long BankConflicts { get; set; }

    public static Operation Build(Decoder decoder)
    {
        decoder.Allow("sync", "aligned", "m8n8", "x1", "x2", "x4", "trans", "shared");
        decoder.Expect(2);
        PtxInstruction source = decoder.Source;
        if (!source.Has("sync") || !source.Has("aligned") || !source.Has("m8n8") || !source.Has("shared"))
        {
            throw decoder.Unknown("is no matrix load that the simulator knows");
        }

        int count = source.Has("x4") ? 4 : source.Has("x2") ? 2 : 1;
        decoder.Program.UsesShared(RowBytes);
        (int, bool, long) address = decoder.Address(1);
        return new LoadMatrix(address, [.. decoder.Parts(0, count).Select(target => decoder.Write(target, PtxType.B32))], source.Has("trans"));
    }

    public override void Execute(Warp warp)
    {
        if (!warp.Gather(this, AllLanes))
        {
            return;
        }

        ushort* rows = stackalloc ushort[32 * 8];
        ulong* addresses = stackalloc ulong[32];
        byte* place = warp.Registers + address.Place;
        for (int lane = 0; lane < 8 * targets.Length; lane++)
        {
            addresses[lane] = address.IsWide ? ((ulong*)place)[lane] + (ulong)address.Offset : (uint)(((uint*)place)[lane] + (ulong)address.Offset);
            byte* row = warp.Block.SharedMemory.Read(warp, this, lane, addresses[lane], RowBytes);
            Buffer.MemoryCopy(row, rows + (8 * lane), RowBytes, RowBytes);
        }

        for (int m = 0; m < targets.Length; m++)
        {
            uint* target = (uint*)(warp.Registers + targets[m]);
            ushort* matrix = rows + (64 * m);
            for (int lane = 0; lane < 32; lane++)
            {
                int major = lane / 4, minor = 2 * (lane % 4);
                target[lane] = transposes
                    ? matrix[(8 * minor) + major] | ((uint)matrix[(8 * (minor + 1)) + major] << 16)
                    : matrix[(8 * major) + minor] | ((uint)matrix[(8 * major) + minor + 1] << 16);
            }
        }

        if (warp.Block.CollectsStatistics)
        {
            uint lanes = targets.Length == 4 ? AllLanes : (1u << (8 * targets.Length)) - 1;
            BankConflicts += MemoryPatterns.ExtraPasses(addresses, lanes, RowBytes);
        }
    }
}
