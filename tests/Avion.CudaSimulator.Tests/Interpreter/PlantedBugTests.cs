namespace Avion.CudaSimulator.Tests;

/// <summary>Kernels with one bug each: the simulator names the kind of bug, the kernel, the instruction and the thread.</summary>
public sealed class PlantedBugTests
{
    private static readonly float[] s_mixed = [.. Enumerable.Range(0, 64).Select(i => i % 3 == 0 ? 1f : -1f)];

    [Theory]
    [InlineData("read_past_the_end", FailureKind.OutOfBounds, "ld.global.f32", "thread (63, 0, 0)", "'x' of 256 bytes")]
    [InlineData("read_unaligned", FailureKind.Unaligned, "ld.global.v4", "thread (0, 0, 0)", "no multiple of 16")]
    [InlineData("exchange_without_barrier", FailureKind.UnwrittenRead, "ld.shared.f32", "thread (0, 0, 0)", "byte 128 of shared memory")]
    [InlineData("exchange_without_warp_barrier", FailureKind.SharedRace, "ld.volatile.shared.f32", "thread (0, 0, 0)", "thread (1, 0, 0) writes")]
    [InlineData("reuse_without_barrier", FailureKind.SharedRace, "ld.shared.f32", "thread (32, 0, 0)", "thread (31, 0, 0) writes")]
    [InlineData("barrier_of_some", FailureKind.Divergence, "bar.sync", "thread (1, 0, 0)", "")]
    [InlineData("shuffle_of_some", FailureKind.Divergence, "shfl.sync.bfly", "thread (1, 0, 0)", "")]
    [InlineData("shuffle_after_some_left", FailureKind.Divergence, "shfl.sync.bfly", "thread (1, 0, 0)", "has returned")]
    [InlineData("copy_tile_not_waited_for", FailureKind.CopyInFlight, "ld.shared.f32", "thread (0, 0, 0)", "byte 0 of shared memory")]
    [InlineData("copy_tile_without_barrier", FailureKind.SharedRace, "ld.shared.f32", "thread (1, 0, 0)", "thread (0, 0, 0) writes")]
    public void A_planted_bug_is_found_where_it_is(string kernel, FailureKind kind, string instruction, string thread, string what)
    {
        using Simulation simulation = Simulation.Planted();
        float[] input = kernel.Contains("some") ? s_mixed : kernel.StartsWith("copy", StringComparison.Ordinal) ? new float[256]
            : kernel == "read_unaligned" ? new float[260] : new float[64];
        ulong x = simulation.Upload<float>(input, "x"), y = simulation.Memory.Allocate(1024, "y");
        SimulationException failure = Assert.Throws<SimulationException>(() => { simulation.Run(kernel, [x, y]); });
        Assert.Equal((kind, kernel), (failure.Kind, failure.Kernel));
        Assert.StartsWith($"Kernel {kernel}, line {failure.Line} '", failure.Message);
        Assert.Contains(instruction, failure.Message);
        Assert.Contains($"block (0, 0, 0), {thread}", failure.Message);
        Assert.Contains(what, failure.Message);
        Assert.Contains(instruction, Simulation.Text("Planted.ptx").Split('\n')[failure.Line - 1]);
    }

    [Theory]
    [InlineData("all_write_one_place", FailureKind.SharedRace)]
    [InlineData("read_unwritten_shared", FailureKind.UnwrittenRead)]
    public void A_planted_bug_without_input_is_found(string kernel, FailureKind kind)
    {
        using Simulation simulation = Simulation.Planted();
        ulong y = simulation.Memory.Allocate(256);
        Assert.Equal(kind, Assert.Throws<SimulationException>(() => { simulation.Run(kernel, [y]); }).Kind);
    }

    [Fact]
    public void A_copy_that_is_never_waited_for_is_found()
    {
        using Simulation simulation = Simulation.Planted();
        ulong x = simulation.Upload<float>(new float[256]);
        Assert.Equal(FailureKind.CopyInFlight, Assert.Throws<SimulationException>(() => { simulation.Run("copy_never_waited_for", [x]); }).Kind);
    }

    [Theory]
    [InlineData("exchange_with_barrier")]
    [InlineData("exchange_with_warp_barrier")]
    [InlineData("reuse_with_barrier")]
    [InlineData("copy_tile")]
    public void What_is_right_passes(string kernel)
    {
        using Simulation simulation = Simulation.Planted();
        float[] input = [.. Enumerable.Range(0, 256).Select(i => (float)i)];
        ulong x = simulation.Upload<float>(input), y = simulation.Memory.Allocate(1024);
        simulation.Run(kernel, [x, y]);
        float[] expected = kernel switch
        {
            "exchange_with_barrier" => [.. Enumerable.Range(0, 64).Select(i => (float)(i ^ 32))],
            "exchange_with_warp_barrier" => [.. Enumerable.Range(0, 64).Select(i => (float)(i ^ 1))],
            "reuse_with_barrier" => [.. Enumerable.Range(0, 64).Select(i => (3f * (63 - i)) + 3)],
            _ => input,
        };
        Assert.Equal(expected, simulation.Memory.Read<float>(y, expected.Length));
    }

    [Theory]
    [InlineData("bra L;", FailureKind.EndlessLoop, "still runs after 1048576 instructions")]
    [InlineData("trap;", FailureKind.Trap, "thread (0, 0, 0): the kernel traps")]
    public void A_kernel_without_end_and_one_that_traps_are_ended(string last, FailureKind kind, string what)
    {
        string text = $".version 7.1\n.target sm_80\n.address_size 64\n.visible .entry last()\n{{\nL:\n{last}\n}}\n";
        using Simulation simulation = new(PtxModule.Read(text));
        SimulationException failure = Assert.Throws<SimulationException>(() => { simulation.Run("last", []); });
        Assert.Equal(kind, failure.Kind);
        Assert.Contains(what, failure.Message);
    }

    [Fact]
    public void Memory_that_nobody_wrote_is_not_read()
    {
        using Simulation simulation = Simulation.Planted();
        ulong x = simulation.Memory.Allocate(256, "x"), y = simulation.Memory.Allocate(256, "y");
        simulation.Run("write_half", [x]);
        SimulationException read = Assert.Throws<SimulationException>(() => { simulation.Run("exchange_with_barrier", [x, y]); });
        Assert.Equal(FailureKind.UnwrittenRead, read.Kind);
        Assert.Contains("thread (1, 0, 0): reads 4 bytes at byte 4 of 'x' of 256 bytes", read.Message);
        Assert.Equal(FailureKind.UnwrittenRead, Assert.Throws<SimulationException>(() => { simulation.Memory.Read<float>(x, 64); }).Kind);
    }

    [Fact]
    public void A_host_pointer_and_freed_memory_are_told_apart()
    {
        using Simulation simulation = Simulation.Planted();
        ulong x = simulation.Upload<float>(new float[64]), y = simulation.Memory.Allocate(256);
        SimulationException host = Assert.Throws<SimulationException>(() => { simulation.Run("exchange_with_barrier", [0x7FFF_1234_5678, y]); });
        Assert.Equal(FailureKind.NotDeviceMemory, host.Kind);
        Assert.Contains("host pointer", host.Message);
        simulation.Memory.Free(x);
        Assert.Equal(FailureKind.FreedMemory, Assert.Throws<SimulationException>(() => { simulation.Run("exchange_with_barrier", [x, y]); }).Kind);
    }

    [Fact]
    public void Launches_that_do_not_fit_the_kernel_are_refused()
    {
        using Simulation simulation = Simulation.Planted();
        ulong x = simulation.Upload<float>(new float[64]), y = simulation.Memory.Allocate(256);
        Refused("1 arguments, the kernel has 2 parameters", () => { simulation.Run("exchange_with_barrier", [x]); });
        Refused("blocks have 128 threads, the kernel was compiled for 64", () => { simulation.Run("exchange_with_barrier", [x, y], threads: 128); });
        Refused("51200 bytes of dynamic shared memory", () => { simulation.Run("write_past_shared", [x, y], dynamicBytes: 50 * 1024); });
        Refused("a block has at most", () => { simulation.Run("write_past_shared", [x, y], dynamicBytes: 120_000, allowedBytes: 120_000); });
        Refused("There is no kernel 'absent'", () => { simulation.Run("absent", []); });
        simulation.Run("write_past_shared", [x, y], dynamicBytes: 50 * 1024, allowedBytes: 50 * 1024);
        Assert.Equal(FailureKind.OutOfBounds, Assert.Throws<SimulationException>(
            () => { simulation.Run("write_past_shared", [x, y], dynamicBytes: 256); }).Kind);

        static void Refused(string what, Action launch)
        {
            SimulationException failure = Assert.Throws<SimulationException>(launch);
            Assert.Equal(FailureKind.InvalidLaunch, failure.Kind);
            Assert.Contains(what, failure.Message);
        }
    }

    [Theory]
    [InlineData("add.s64", "addd.s64", FailureKind.UnknownInstruction)]
    [InlineData("ld.global.f32 \t%f1", "ld.global.cv.f32 \t%f1", FailureKind.UnknownInstruction)]
    [InlineData("mul.wide.u32 \t%rd5, %r1, 4", "mul.wide.u32 \t%r1, %r1, 4", FailureKind.OperandWidth)]
    [InlineData(".visible .entry", ".visible .func", FailureKind.InvalidPtx)]
    [InlineData("ret;", "ret; %", FailureKind.InvalidPtx)]
    [InlineData("ret;", "", FailureKind.InvalidPtx)]
    [InlineData("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {", "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {", FailureKind.UnknownInstruction)]
    [InlineData("mma.sync.aligned.m16n8k16", "mma.sync.aligned.m16n8k8", FailureKind.UnknownInstruction)]
    [InlineData(".reg .b32 ", ".reg .b24 ", FailureKind.InvalidPtx)]
    public void What_is_not_known_is_an_error_before_anything_runs(string right, string wrong, FailureKind kind)
    {
        string text = Simulation.Text("Planted.ptx");
        Assert.Contains(right, text);
        Assert.Equal(kind, Assert.Throws<SimulationException>(() => { PtxModule.Read(text.Replace(right, wrong)); }).Kind);
    }

    [Fact]
    public void A_register_that_some_path_leaves_unwritten_is_found_where_it_is_used()
    {
        const string Text = """
            .version 7.1
            .target sm_80
            .address_size 64
            .visible .entry sometimes(.param .u64 sometimes_param_0)
            {
                .reg .pred %p<2>;
                .reg .b32 %r<5>;
                .reg .b64 %rd<4>;
                ld.param.u64 %rd1, [sometimes_param_0];
                mov.u32 %r1, %tid.x;
                setp.ge.u32 %p1, %r1, 5;
                @%p1 bra L;
                mov.u32 %r2, 7;
            L:
                mov.u32 %r3, %r2;
                add.s32 %r4, %r3, 1;
                mul.wide.u32 %rd2, %r1, 4;
                add.s64 %rd3, %rd1, %rd2;
                st.global.u32 [%rd3], %r4;
                ret;
            }
            """;
        using Simulation simulation = new(PtxModule.Read(Text));
        ulong y = simulation.Memory.Allocate(256);
        simulation.Run("sometimes", [y], threads: 5);
        Assert.Equal([8u, 8, 8, 8, 8], simulation.Memory.Read<uint>(y, 5));
        SimulationException failure = Assert.Throws<SimulationException>(() => { simulation.Run("sometimes", [y], threads: 32); });
        Assert.Equal(FailureKind.UnwrittenRead, failure.Kind);
        Assert.Contains("line 16 'add.s32 %r4, %r3, 1', block (0, 0, 0), thread (5, 0, 0): reads register %r3", failure.Message);
    }
}
