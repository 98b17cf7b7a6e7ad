namespace Avion.CudaSimulator.Tests;

/// <summary>What right kernels compute, and what is counted of them.</summary>
public sealed class ExecutionTests
{
    [Fact]
    public void Lanes_that_loop_for_different_times_meet_again()
    {
        uint[] start = [.. Enumerable.Range(1, 64).Select(i => (uint)i)];
        uint[] steps = [.. start.Select(Collatz)];
        using Simulation simulation = Simulation.Planted();
        ulong x = simulation.Upload<uint>(start), y = simulation.Memory.Allocate(4 * 66);
        simulation.Run("loops_of_different_length", [x, y]);
        Assert.Equal([.. steps, (uint)steps[..32].Sum(count => count), (uint)steps[32..].Sum(count => count)],
            simulation.Memory.Read<uint>(y, 66));

        static uint Collatz(uint value)
        {
            uint count = 0;
            for (; value != 1; count++)
            {
                value = value % 2 == 0 ? value / 2 : (3 * value) + 1;
            }

            return count;
        }
    }

    [Fact]
    public void Atomics_count_every_thread()
    {
        using Simulation simulation = Simulation.Planted();
        ulong counts = simulation.Upload<uint>([0, 10, 20, 30]), sums = simulation.Upload<float>([0, 1, 2, 3]);
        simulation.Run("count_by_atomics", [counts, sums]);
        Assert.Equal([16u, 26, 36, 46], simulation.Memory.Read<uint>(counts, 4));
        Assert.Equal([8f, 9, 10, 11], simulation.Memory.Read<float>(sums, 4));
    }

    [Fact]
    public void A_tile_product_is_that_of_double_precision()
    {
        Random random = new(5);
        ushort[] a = [.. Enumerable.Range(0, 16 * 64).Select(_ => Bits(random))], b = [.. Enumerable.Range(0, 8 * 64).Select(_ => Bits(random))];
        using Simulation simulation = Simulation.Planted();
        ulong y = simulation.Memory.Allocate(4 * 16 * 8);
        KernelStatistics statistics = simulation.Run("multiply_tile", [simulation.Upload<ushort>(a), simulation.Upload<ushort>(b), y], threads: 32);
        float[] product = simulation.Memory.Read<float>(y, 16 * 8);
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                double expected = Enumerable.Range(0, 64).Sum(k => (double)Value(a[(64 * i) + k]) * Value(b[(64 * j) + k]));
                Assert.Equal(expected, product[(8 * i) + j], 1e-5);
            }
        }

        Assert.Equal(4, statistics.MatrixInstructions);
        Assert.Equal(0, statistics.BankConflicts);

        static ushort Bits(Random random) => (ushort)(BitConverter.SingleToUInt32Bits((float)((2 * random.NextDouble()) - 1)) >> 16);

        static float Value(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    [Fact]
    public void Bank_conflicts_and_sectors_are_counted()
    {
        using Simulation simulation = Simulation.Planted();
        float[] tile = [.. Enumerable.Range(0, 1024).Select(i => (float)i)];
        ulong x = simulation.Upload<float>(tile), y = simulation.Memory.Allocate(4096);
        KernelStatistics conflicting = simulation.Run("transpose_in_conflict", [x, y]), padded = simulation.Run("transpose_padded", [x, y]);

        // Each of 32 reads of a column meets one bank 32 times: 31 passes too many.
        Assert.Equal(32 * 31, conflicting.BankConflicts);
        Assert.Contains("ld.shared", conflicting.ConflictLines[0].Text);
        Assert.Equal(0, padded.BankConflicts);
        Assert.Equal((64, 256, 1.0), (padded.GlobalRequests, padded.GlobalSectors, padded.GlobalEfficiency));
        Assert.Equal([.. Enumerable.Range(0, 1024).Select(i => (float)((32 * (i % 32)) + (i / 32)))], simulation.Memory.Read<float>(y, 1024));

        // A warp that reads every sixteenth number touches a sector for each: an eighth of the bytes is used. Its writes are whole.
        KernelStatistics columns = simulation.Run("read_by_columns", [x, y]);
        Assert.Equal((4, (2 * 32) + (2 * 4)), (columns.GlobalRequests, columns.GlobalSectors));
    }

    [Fact]
    public void Registers_are_estimated_by_what_lives_at_once()
    {
        int few = PtxModule.Read(Simulation.Text("Planted.ptx")).Find("write_half").EstimatedRegisters;
        int many = PtxModule.Read(Simulation.Text("Planted.ptx")).Find("multiply_tile").EstimatedRegisters;
        Assert.InRange(few, 2, 8);
        Assert.InRange(many, 16, 64);
    }
}
