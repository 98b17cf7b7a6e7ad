namespace Avion.CudaSimulator.Tests;

/// <summary>Every operation on a simulated GPU, against the double-precision reference.</summary>
public sealed class CudaKernelTests
{
    /// <summary>How many operations were run, in each of their types.</summary>
    internal static int RunCount { get; private set; }

    public static IEnumerable<TheoryDataRow<string, ElementType>> Operations() =>
        from opCase in OpCaseList.All
        from type in opCase.Types
        select new TheoryDataRow<string, ElementType>(opCase.Name, type);

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_agrees_with_the_reference(string operation, ElementType type)
    {
        OpCase opCase = OpCaseList.Find(operation);
        OpTolerance tolerance = opCase.ToleranceIn(type);
        List<string> failures = [];
        RunCount++;
        using SimulatedGpu gpu = new() { Simulated = { CollectsStatistics = false } };
        using (CudaDevice device = new(gpu.Driver, activationType: type))
        {
            foreach (OpSize size in opCase.Sizes)
            {
                AddFailure(failures, size, "forward", AccuracyChecks.Forward(opCase, size, device, tolerance));
                if (opCase.IsDifferentiable)
                {
                    AddFailure(failures, size, "backward", AccuracyChecks.Backward(opCase, size, device, tolerance));
                }
            }
        }

        Assert.Equal((0, 0), (gpu.Simulated.OpenHandles, gpu.Simulated.Devices[0].Memory.Count));
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(64, 1)]
    [InlineData(80, 0)]
    [InlineData(96, 1)]
    [InlineData(128, 0)]
    public void Attention_on_tensor_cores_agrees_with_the_reference_without_bank_conflicts(int headSize, int causal)
    {
        // Sequences of 1 to 130 tokens: less than a tile, a tile, and more than two.
        OpSize size = OpSize.Of(("B", 4), ("longest", 130), ("H", 2), ("K", headSize), ("causal", causal), ("even", 0));
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Assert.Null(AccuracyChecks.Forward(OpCaseList.Find("Attention"), size, device, OpTolerance.BFloat16).Failure);
        Assert.Null(AccuracyChecks.Backward(OpCaseList.Find("Attention"), size, device, OpTolerance.BFloat16).Failure);
        foreach (string kernel in (string[])[$"forward_{headSize}", $"backward_queries_{headSize}", $"backward_keys_{headSize}"])
        {
            KernelStatistics statistics = gpu.Simulated.Statistics[$"attention_{kernel}_bf16"];
            Assert.InRange(statistics.MatrixInstructions, 1, int.MaxValue);
            Assert.InRange(statistics.EstimatedRegisters, 64, headSize == 64 ? 200 : 255);
            Assert.DoesNotContain(statistics.ConflictLines, line => line.Text.StartsWith("ldmatrix", StringComparison.Ordinal));
            if (headSize == 64)
            {
                Assert.Equal(0, statistics.BankConflicts);
            }
        }
    }

    [Theory]
    [InlineData("Contrastive", "contrastive", ElementType.BFloat16)]
    [InlineData("Contrastive", "contrastive", ElementType.Float32)]
    [InlineData("SigmoidContrastive", "sigmoid_contrastive", ElementType.BFloat16)]
    [InlineData("MarginRanking/SymmetricMultiSimilarity", "margin_ranking", ElementType.BFloat16)]
    public void Losses_over_pairs_read_tiles_without_bank_conflicts_and_use_tensor_cores(string operation, string kernel, ElementType type)
    {
        // Less than two tiles of rows; columns of several slabs and of several blocks that write gradients.
        OpSize size = OpSize.Of(("B", 100), ("b", 100), ("n", 100), ("first", 0), ("E", 136));
        OpTolerance tolerance = type == ElementType.BFloat16 ? OpTolerance.BFloat16 : OpTolerance.Float32;
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver, activationType: type);
        Assert.Null(AccuracyChecks.Forward(OpCaseList.Find(operation), size, device, tolerance).Failure);
        Assert.Null(AccuracyChecks.Backward(OpCaseList.Find(operation), size, device, tolerance).Failure);
        foreach (string pass in (string[])["forward", "rows", "columns"])
        {
            KernelStatistics statistics = gpu.Simulated.Statistics[$"{kernel}_{pass}_{(type == ElementType.BFloat16 ? "bf16" : "f32")}"];
            Assert.Equal(type == ElementType.BFloat16, statistics.MatrixInstructions > 0);
            Assert.Equal(0, statistics.BankConflicts);
            Assert.InRange(statistics.EstimatedRegisters, 64, 200);
        }
    }

    [Theory]
    [InlineData(25.0, 0.0, 1.0f, ElementType.Float32)]
    [InlineData(25.0, 2.0, 1.0f, ElementType.Float64)]
    [InlineData(25.0, 9.0, 1.0f, ElementType.Float32)]
    [InlineData(double.PositiveInfinity, 1.0, 1.0f, ElementType.Float32)]
    [InlineData(25.0, 1.0, float.NaN, ElementType.Float32)]
    [InlineData(25.0, 1.0, float.NaN, ElementType.Float64)]
    public void The_scale_of_gradients_is_that_of_the_host(double squares, double bound, float loss, ElementType type)
    {
        StepScalars scalars = new() { SumOfSquares = squares, NormBound = bound, UpdateCount = 7, SkippedCount = 2, WeightDecayFactor = 0.5 };
        using SimulatedGpu gpu = new();
        using CpuDevice cpu = new(1);
        using CudaDevice cuda = new(gpu.Driver);
        StepScalars[] results = [.. new Device[] { cpu, cuda }.Select(device =>
        {
            using StepBlock block = new(device);
            block.Write(scalars);
            Tensor value = Tensor.Wrap(device.AllocateMemory(sizeof(double)), Shape.Scalar, type);
            device.Upload([loss], value);
            GradientScale.Set(device, value, block.Memory);
            GradientScale.Set(device, default, block.Memory);
            device.FreeMemory(value.Data, sizeof(double));
            return block.Read();
        })];
        Assert.Equal(results[0], results[1]);
    }

    // Numbers of packs of 16 bytes that a lane holds of a row: 1 to 4, and too many.
    [Theory]
    [InlineData(ElementType.Float32, 256)]
    [InlineData(ElementType.Float32, 384)]
    [InlineData(ElementType.Float32, 512)]
    [InlineData(ElementType.Float32, 1024)]
    [InlineData(ElementType.BFloat16, 512)]
    [InlineData(ElementType.BFloat16, 1024)]
    [InlineData(ElementType.BFloat16, 1280)]
    public void Rows_of_any_length_have_a_kernel_for_their_layer_norm(ElementType type, int columns)
    {
        OpCase opCase = OpCaseList.Find("LayerNorm");
        OpSize size = OpSize.Of(("N", 9), ("D", columns));
        using SimulatedGpu gpu = new() { Simulated = { CollectsStatistics = false } };
        using CudaDevice device = new(gpu.Driver, activationType: type);
        Assert.Null(AccuracyChecks.Forward(opCase, size, device, opCase.ToleranceIn(type)).Failure);
        Assert.Null(AccuracyChecks.Backward(opCase, size, device, opCase.ToleranceIn(type)).Failure);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void A_number_outside_its_bounds_is_put_on_the_nearest(ElementType type)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Tensor x = Tensor.Wrap(device.AllocateMemory(4), Shape.Scalar, type);
        float[] read = new float[1];
        foreach ((float value, float expected) in ((float, float)[])[(-3, -1), (0.5f, 0.5f), (9, 4)])
        {
            device.Upload([value], x);
            Clamp.Scalar(device, x, -1, 4);
            device.Download(x, read);
            Assert.Equal(expected, read[0]);
        }
    }

    [Fact]
    public unsafe void Working_weights_are_the_masters_rounded_to_the_nearest()
    {
        // Halves between two numbers, both ways; the largest, which becomes infinite; small ones; and what is not a number.
        float[] values =
        [
            1, -1.00390625f, 1.01171875f, 1.0117188f, float.MaxValue, float.Epsilon, -1e-40f, float.NegativeInfinity, float.NaN,
            .. Enumerable.Range(0, 2500).Select(i => (i - 1000) * 1.2345f),
        ];
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Tensor x = Tensor.Wrap(device.AllocateMemory(4 * values.Length), new Shape(values.Length), ElementType.Float32);
        Tensor y = Tensor.Wrap(device.AllocateMemory(2 * values.Length), new Shape(values.Length), ElementType.BFloat16);
        device.Upload(values, x);
        Cast.Run(device, x, y);
        float[] rounded = new float[values.Length];
        device.Download(y, rounded);
        for (int i = 0; i < values.Length; i++)
        {
            float expected = (BFloat16)values[i];
            Assert.Equal(expected, rounded[i]);
        }
    }

    [Fact]
    public void No_kernel_keeps_arrays_in_local_memory_or_needs_more_registers_than_there_are()
    {
        const int MostRegisters = 255;
        string[] texts = [.. typeof(CudaDevice).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".ptx", StringComparison.Ordinal))];
        Assert.NotEmpty(texts);
        foreach (string name in texts)
        {
            using StreamReader reader = new(typeof(CudaDevice).Assembly.GetManifestResourceStream(name)!);
            PtxModule module = PtxModule.Read(reader.ReadToEnd());
            foreach (KernelProgram kernel in module.KernelNames.Select(module.Find))
            {
                Assert.True(kernel.LocalBytes == 0, $"{kernel.Name} keeps {kernel.LocalBytes} bytes of a thread in local memory");
                Assert.True(kernel.EstimatedRegisters <= MostRegisters, $"{kernel.Name} needs about {kernel.EstimatedRegisters} registers");
            }
        }
    }

    [Theory]
    [InlineData("LayerNorm", "layer_norm_forward_3_bf16", 64)]
    [InlineData("LayerNorm", "layer_norm_backward_3_bf16", 168)]
    [InlineData("Add", "add_bf16", 48)]
    [InlineData("Gelu/Erf", "gelu_erf_backward_bf16", 64)]
    [InlineData("ColumnScale", "column_scale_backward_packs_bf16", 64)]
    [InlineData("Dropout", "drop_elements_packs_bf16", 96)]
    [InlineData("LinearGelu/Erf", "linear_gelu_erf_backward_packs_bf16", 96)]
    [InlineData("MaskTokens", "mask_tokens_sum_packs_bf16", 96)]
    [InlineData("VideoTokens", "video_tokens_forward_packs_bf16", 64)]
    [InlineData("VideoTokens", "video_tokens_times_packs_bf16", 96)]
    public void Hot_kernels_read_whole_sectors_without_bank_conflicts(string operation, string kernel, int registers)
    {
        OpCase opCase = OpCaseList.Find(operation);
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Assert.Null(AccuracyChecks.Forward(opCase, opCase.Sizes[^1], device, OpTolerance.BFloat16).Failure);
        Assert.Null(AccuracyChecks.Backward(opCase, opCase.Sizes[^1], device, OpTolerance.BFloat16).Failure);
        KernelStatistics statistics = gpu.Simulated.Statistics[kernel];

        // Statistics of rows, one number a row, are what keeps the share below 1.
        Assert.InRange(statistics.GlobalEfficiency, 0.95, 1);
        Assert.Equal(0, statistics.BankConflicts);
        Assert.InRange(statistics.EstimatedRegisters, 8, registers);
    }

    private static void AddFailure(List<string> failures, OpSize size, string what, OpCheckResult result)
    {
        if (result.Failure is not null)
        {
            failures.Add($"{what} at {size}: {result.Failure}");
        }
    }
}
