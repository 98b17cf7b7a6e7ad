namespace Avion.CudaSimulator.Tests;

/// <summary>Structures that stand twice, for the host and for kernels, lie in memory alike.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Kernels_read_the_scalars_of_a_step_where_the_host_writes_them()
    {
        StepScalars step = new()
        {
            LearningRate = 1, NormBound = 2, WeightDecayFactor = 3, SumOfSquares = 4, GradientNorm = 5, GradientScale = 6, IsFinite = 7,
            UpdateCount = 8, SkippedCount = 9,
        };
        Check("read_step_scalars", step, typeof(StepScalars).GetFields().Length);
    }

    [Fact]
    public void Kernels_read_what_keys_the_draws_of_a_step_where_the_host_writes_it() =>
        Check("read_step_draws", new StepDraws(Seed: 1, Position: 2, FirstSample: 3, SampleStride: 4), typeof(StepDraws).GetProperties().Length);

    [Fact]
    public void Kernels_read_the_pieces_of_an_update_where_the_host_writes_them() =>
        Check("read_update_piece", new UpdatePiece(First: 1, RateFactor: 2, Count: 3, WeightDecay: 4), typeof(UpdatePiece).GetProperties().Length);

    // Members are numbered in the order in which the kernel reads them.
    private static void Check<T>(string kernel, T value, int memberCount) where T : unmanaged
    {
        using Simulation simulation = new(PtxModule.Read(Simulation.Text("Layout.ptx")));
        ulong pair = simulation.Upload<T>([default, value]), members = simulation.Memory.Allocate(memberCount * sizeof(double));
        simulation.Run(kernel, [pair, members], threads: 1);
        Assert.Equal(Enumerable.Range(1, memberCount).Select(i => (double)i), simulation.Memory.Read<double>(members, memberCount));
    }
}
