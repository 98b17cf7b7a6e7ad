namespace Avion.CudaSimulator.Tests;

/// <summary>Matrix products on the simulator, against sums in double precision.</summary>
public sealed class MatrixProductTests
{
    private static readonly (int M, int N, int K)[] s_sizes = [(1, 1, 1), (3, 5, 2), (17, 33, 65), (40, 8, 130), (0, 4, 3), (4, 0, 3), (5, 7, 0)];

    public static TheoryData<ElementType, ElementType, bool, bool, bool> Kinds()
    {
        TheoryData<ElementType, ElementType, bool, bool, bool> kinds = [];
        foreach ((ElementType input, ElementType output) in ((ElementType, ElementType)[])[(ElementType.Float32, ElementType.Float32),
            (ElementType.BFloat16, ElementType.BFloat16), (ElementType.BFloat16, ElementType.Float32)])
        {
            for (int flags = 0; flags < 8; flags++)
            {
                kinds.Add(input, output, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_product_is_that_of_double_precision_rounded_once(ElementType input, ElementType output, bool transposeA, bool transposeB,
        bool accumulate)
    {
        using ProductRun run = new(input, output);
        foreach ((int m, int n, int k) in s_sizes)
        {
            foreach (bool hasBias in accumulate ? (bool[])[false] : [false, true])
            {
                run.Check(m, n, k, transposeA, transposeB, hasBias ? output : null, accumulate);
            }
        }

        // What the library takes is its, and kept for the next time.
        Assert.InRange(run.PlanCount, 4, 12);
        Assert.Equal(0, run.RefusedCount);
    }

    [Theory]
    [InlineData(ElementType.Float32, ElementType.Float32)]
    [InlineData(ElementType.BFloat16, ElementType.BFloat16)]
    [InlineData(ElementType.BFloat16, ElementType.Float32)]
    public void Addresses_that_are_aligned_to_one_number_are_taken(ElementType input, ElementType output)
    {
        using ProductRun run = new(input, output) { Shift = 1 };
        run.Check(17, 9, 33, transposeA: false, transposeB: true, output, accumulate: false);
        run.Check(17, 9, 33, transposeA: true, transposeB: false, null, accumulate: true);
    }

    [Fact]
    public void A_bias_of_the_factors_type_is_added_to_a_wider_result()
    {
        using ProductRun run = new(ElementType.BFloat16, ElementType.Float32);
        run.Check(19, 21, 35, transposeA: false, transposeB: true, ElementType.BFloat16, accumulate: false);
    }

    [Fact]
    public void Types_that_have_no_product_are_refused_in_a_sentence()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Tensor halves = Tensor.Wrap(0x1000, new Shape(2, 2), ElementType.BFloat16), floats = Tensor.Wrap(0x2000, new Shape(2, 2), ElementType.Float32);
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => MatrixMultiply.Run(device, halves, false, floats, false, default, false, floats));
        Assert.Equal("MatrixMultiply: got BFloat16 [2, 2] times Float32 [2, 2] to Float32 [2, 2]; expected factors of one type, and result and "
            + "bias of that type or of Float32.", refused.Message);
        Assert.Throws<ArgumentException>(() => MatrixMultiply.Run(device, floats, false, floats, false, default, false, halves));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Factors_of_float32_are_rounded_to_11_bits_when_the_device_is_told_to_alone(bool usesTf32)
    {
        // 1 + 2^-11 lies halfway between two numbers of TF32 and goes to the even one, 1.
        const float Factor = 1 + (1f / 2048);
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver, activationType: ElementType.Float32) { UsesTf32 = usesTf32 };
        Tensor matrix = ProductRun.Upload(device, [Factor], new Shape(1, 1), ElementType.Float32);
        Tensor result = ProductRun.Upload(device, [0], new Shape(1, 1), ElementType.Float32);
        MatrixMultiply.Run(device, matrix, false, matrix, false, default, false, result);
        float[] value = new float[1];
        device.Download(result, value);
        Assert.Equal(usesTf32 ? 1 : Factor * Factor, value[0]);
        device.FreeMemory(matrix.Data, 4);
        device.FreeMemory(result.Data, 4);
    }

    [Fact]
    public void A_product_whose_kind_is_known_can_be_captured()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver, activationType: ElementType.Float32);
        Tensor x = ProductRun.Upload(device, [1, 2, 3, 4], new Shape(2, 2), ElementType.Float32);
        Tensor sum = ProductRun.Upload(device, [0, 0, 0, 0], new Shape(2, 2), ElementType.Float32);
        MatrixMultiply.Run(device, x, false, x, false, default, accumulate: true, sum);
        gpu.Driver.BeginCapture(device.Stream);
        MatrixMultiply.Run(device, x, false, x, false, default, accumulate: true, sum);
        nint graph = gpu.Driver.EndCapture(device.Stream);
        gpu.Driver.LaunchGraph(graph, device.Stream);
        gpu.Driver.LaunchGraph(graph, device.Stream);
        float[] values = new float[4];
        device.Download(sum, values);
        Assert.Equal([21, 30, 45, 66], values);
        gpu.Driver.DestroyGraph(graph);
        device.FreeMemory(x.Data, 16);
        device.FreeMemory(sum.Data, 16);
    }

    [Fact]
    public void Without_the_library_the_first_product_says_what_to_do()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = new(name => name.StartsWith("cublasLtMatmulDesc", StringComparison.Ordinal) ? 0 : SimulatedDriver.Find(name));
        using CudaDevice device = new(driver);
        EntryPointNotFoundException missing = Assert.Throws<EntryPointNotFoundException>(() => device.Products.PlanCount);
        Assert.Equal("cuBLASLt has no function cublasLtMatmulDescCreate: it is older than CUDA 12. Update it.", missing.Message);
    }
}
