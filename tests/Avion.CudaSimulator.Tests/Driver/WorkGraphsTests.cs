namespace Avion.CudaSimulator.Tests;

/// <summary>Work that is captured once as a graph and replayed gives the numbers of work that is given to the device call by call.</summary>
public sealed class WorkGraphsTests
{
    private const int Width = 8, Words = 12, Steps = 14;

    // Numbers of tokens come again, as those of filled-up batches do.
    private static readonly int[] s_tokens = [16, 16, 32, 16, 32, 16, 48, 32, 16, 48, 32, 16, 48, 16];

    [Fact]
    public void Replayed_steps_are_those_that_are_launched_to_the_last_bit()
    {
        using SimulatedGpu gpu = new() { Simulated = { CollectsStatistics = false } };
        (double[] norms, float[] weights, _, long flops) = Train(gpu, captures: false, capacity: 8);
        int launches = gpu.Simulated.Calls["cuLaunchKernel"];
        Assert.False(gpu.Simulated.Calls.ContainsKey("cuGraphLaunch"));
        (double[] sameNorms, float[] sameWeights, (long Launched, long Captured, long Replayed) counts, long sameFlops) =
            Train(gpu, captures: true, capacity: 8);
        Assert.Equal(flops, sameFlops);
        Assert.Equal(norms, sameNorms);
        Assert.Equal(weights, sameWeights);
        Assert.Equal(Steps, norms.Distinct().Count());

        // Three sizes and the update, each launched once and captured once.
        Assert.Equal((4, 4, (2 * Steps) - 8), counts);
        Assert.Equal((4, (2 * Steps) - 4), (gpu.Simulated.Calls["cuStreamBeginCapture"], gpu.Simulated.Calls["cuGraphLaunch"]));
        Assert.InRange(gpu.Simulated.Calls["cuLaunchKernel"] - launches, 1, launches / 2);
    }

    [Fact]
    public void As_many_graphs_are_kept_as_there_is_room_for()
    {
        using SimulatedGpu gpu = new() { Simulated = { CollectsStatistics = false } };
        (double[] norms, _, _, _) = Train(gpu, captures: false, capacity: 8);
        (double[] sameNorms, _, (long Launched, long Captured, long Replayed) counts, _) = Train(gpu, captures: true, capacity: 3);
        Assert.Equal(norms, sameNorms);
        Assert.True(counts.Launched > 4 && counts.Replayed > 0, $"{counts}");
        Assert.Equal(counts.Captured, gpu.Simulated.Calls["cuGraphExecDestroy"]);
        Assert.Equal(0, gpu.Simulated.OpenHandles);
    }

    [Fact]
    public void Work_that_waits_for_the_device_is_not_captured_and_says_why()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using WorkGraphs<int> graphs = new(device, 4);
        using Tape tape = new(device);
        Tensor memory = tape.Allocate(new Shape(4), ElementType.Int32);
        int runs = 0;
        Action work = () =>
        {
            device.Fill(memory, ++runs);
            device.Synchronize();
        };
        Assert.Equal(WorkOutcome.Done, graphs.Run(1, work));
        Assert.Equal(WorkOutcome.Refused, graphs.Run(1, work));
        Assert.Equal("A step cannot be captured as a graph, so its work is given to the device call by call: cuStreamSynchronize failed: "
            + "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900): cuStreamSynchronize is not allowed while a stream is captured.", graphs.Refusal);

        // The stream is usable, and what follows is done call by call.
        work();
        Assert.Equal(WorkOutcome.Done, graphs.Run(1, work));
        Assert.Equal(4, runs);
        Assert.Equal(4, Read(device, memory));
        Assert.Equal(0, graphs.GraphCount);
    }

    [Fact]
    public void A_read_by_the_host_inside_a_step_is_an_error_where_it_is_captured_too()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using WorkGraphs<int> graphs = new(device, 4);
        using Tape tape = new(device);
        Tensor memory = tape.Allocate(new Shape(4), ElementType.Float32);
        bool reads = false;
        Action work = () =>
        {
            using HostAccessScope step = device.ForbidHostAccess();
            device.Fill(memory, 3);
            if (reads)
            {
                device.Download(memory, new float[4]);
            }
        };
        graphs.Run(1, work);
        reads = true;
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => graphs.Run(1, work));
        Assert.Contains("inside a step: the host would wait for the device, and the step could not be captured as a graph", error.Message);
        Assert.Null(graphs.Refusal);

        // Nothing was kept of the broken step; the next one is captured.
        reads = false;
        Assert.Equal((WorkOutcome.Done, WorkOutcome.Replayed), (graphs.Run(1, work), graphs.Run(1, work)));
    }

    [Fact]
    public void A_number_that_the_host_puts_into_calls_is_noticed_and_never_replayed()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using WorkGraphs<int> graphs = new(device, 4);
        using Tape tape = new(device);
        Tensor memory = tape.Allocate(new Shape(4), ElementType.Int32);
        for (int step = 1; step < 10; step++)
        {
            Assert.Equal(WorkOutcome.Done, graphs.Run(1, () => device.Fill(memory, step)));
            Assert.Equal(step, Read(device, memory));
        }

        Assert.Equal("A step cannot be replayed as a graph, so its work is given to the device call by call: it makes other calls, or the same "
            + "ones with other arguments, each time.", graphs.Refusal);
    }

    [Fact]
    public void Memory_that_moves_is_noticed()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using WorkGraphs<int> graphs = new(device, 4);
        using Arena arena = new(device);
        int count = 0;
        Action work = () =>
        {
            arena.Reset();
            nint memory = arena.Allocate(4 * (count + 1));
            memory = count % 2 == 0 ? memory : arena.Allocate(16);
            device.Fill(Tensor.Wrap(memory, new Shape(4), ElementType.Int32), 1);
        };
        for (count = 3; count < 8; count++)
        {
            Assert.Equal(WorkOutcome.Done, graphs.Run(1, work));
        }

        Assert.Equal(0, graphs.GraphCount);
    }

    [Fact]
    public void Work_in_which_ranks_exchange_something_is_done_call_by_call_and_other_work_of_theirs_is_captured() =>
        CudaRanks.RunAll(2, (communicator, device) =>
        {
            using WorkGraphs<int> graphs = new(device, 4);
            using Tape tape = new(device);
            Tensor sum = tape.Allocate(new Shape(4), ElementType.Float32), own = tape.Allocate(new Shape(4), ElementType.Float32);
            float[] found = new float[4];
            for (int step = 0; step < 4; step++)
            {
                WorkOutcome outcome = graphs.Run(1, () => device.Fill(own, 3));
                Assert.Equal(step < 2 ? WorkOutcome.Done : WorkOutcome.Replayed, outcome);
                Assert.Equal(WorkOutcome.Done, graphs.Run(2, () =>
                {
                    device.Copy(own, sum);
                    communicator.AllReduceSum(sum);
                }));
                device.Download(sum, found);
                Assert.All(found, value => Assert.Equal(6, value));
            }

            Assert.Equal((1, null), (graphs.GraphCount, graphs.Refusal));
        });

    [Fact]
    public void While_calls_are_traced_nothing_is_replayed()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using WorkGraphs<int> graphs = new(device, 4);
        using Tape tape = new(device);
        Tensor memory = tape.Allocate(new Shape(4), ElementType.Int32);
        int runs = 0;
        Action work = () =>
        {
            runs++;
            device.Fill(memory, 1);
        };
        for (int step = 0; step < 4; step++)
        {
            device.Trace = step == 3 ? new OperationTrace() : null;
            graphs.Run(1, work);
        }

        Assert.Equal(3, runs);
        device.Trace = null;
        Assert.Equal(WorkOutcome.Replayed, graphs.Run(1, work));
    }

    [Fact]
    public void Elsewhere_work_is_simply_done()
    {
        using CpuDevice device = new(1);
        using WorkGraphs<int> graphs = new(device, 4);
        int runs = 0;
        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(WorkOutcome.Done, graphs.Run(1, () => runs++));
        }

        Assert.Equal(3, runs);
    }

    /// <summary>Trains a table and a layer norm to give small numbers, with another rate and other tokens in each step.</summary>
    private static (double[] Norms, float[] Weights, (long Launched, long Captured, long Replayed) Counts, long Flops) Train(
        SimulatedGpu gpu, bool captures, int capacity)
    {
        using CudaDevice device = new(gpu.Driver, activationType: ElementType.Float32);
        using ParameterStore store = new();
        Parameter table = store.Add("table", new Shape(Words, Width));
        Parameter weight = store.Add("weight", new Shape(Width)), bias = store.Add("bias", new Shape(Width));
        store.Allocate(device);
        device.Upload([.. Enumerable.Range(0, Words * Width).Select(i => MathF.Sin(i))], table.Master);
        device.Upload([.. Enumerable.Range(0, Width).Select(i => 1 + (0.1f * i))], weight.Master);
        store.RefreshValues();
        using StepBlock block = new(device);
        using FlatBuffer first = new(device, store.TrainedLayout, ElementType.Float32), second = new(device, store.TrainedLayout, ElementType.Float32);
        using Tape tape = new(device, plannedBytes: 1 << 20);
        using LateScalars late = new(device, 1);
        using MirroredTable ids = new(device, s_tokens.Max());
        using WorkGraphs<int> graphs = new(device, capacity) { IsOn = captures };
        Tensor loss = Tensor.Wrap(device.AllocateMemory(sizeof(float)), Shape.Scalar, ElementType.Float32);
        device.Fill(loss, 1);
        using UpdateTable ranges = new(device, new UpdateRange(0, store.TrainedLayout.Count, 1, 0.1f));
        int count = 0;
        Action gradients = () =>
        {
            using HostAccessScope step = device.ForbidHostAccess();
            Tensor rows = tape.Embed(table, ids.Device(0, count));
            Tensor output = tape.Gelu(tape.Normalize(rows, weight, bias, 1e-5f), GeluKind.Erf);
            tape.SeedGradient(output, output.Detach());
            tape.BackwardFromSeeds();
        };
        Action update = () =>
        {
            using HostAccessScope step = device.ForbidHostAccess();
            GlobalNorm.SumOfSquares(device, store.Gradients, block.SumOfSquares);
            GradientScale.Set(device, loss, block.Memory);
            AdamW.Step(device, store.Trained, store.Gradients, first.Values, second.Values, ranges, new AdamWSettings(0.9, 0.99, 1e-8), block.Memory);
            store.RefreshValues();
        };
        double[] norms = new double[Steps], value = new double[1];
        for (int step = 0; step < Steps; step++)
        {
            count = s_tokens[step];
            for (int i = 0; i < count; i++)
            {
                ids.Span[i] = ((7 * i) + (step * step)) % Words;
            }

            ids.Send(0, count);
            block.Begin(0.01 / (1 + step), normBound: 1);
            store.ClearGradients();
            tape.Begin(new StepContext { Seed = 5, Step = step });
            graphs.Run(count, gradients);
            graphs.Run(0, update);
            late.Record(0, block.GradientNorm);
            late.EndStep();
            if (late.TryTake(value))
            {
                norms[step - 1] = value[0];
            }
        }

        late.TryFlush(value);
        norms[^1] = value[0];
        float[] weights = new float[store.TrainedLayout.Count];
        device.Download(store.Trained, weights);
        device.FreeMemory(loss.Data, sizeof(float));
        return (norms, weights, graphs.Counts, device.FlopCount);
    }

    private static int Read(CudaDevice device, Tensor tensor)
    {
        byte[] bytes = new byte[tensor.ByteCount];
        device.Download(Tensor.Wrap(tensor.Data, Shape.Flat(bytes.Length), ElementType.UInt8), bytes);
        return BitConverter.ToInt32(bytes);
    }
}
