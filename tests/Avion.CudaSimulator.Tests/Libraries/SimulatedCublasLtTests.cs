using System.Runtime.InteropServices;

namespace Avion.CudaSimulator.Tests;

/// <summary>What the simulated cuBLASLt refuses, and that Avion's use of it allocates nothing.</summary>
public sealed unsafe class SimulatedCublasLtTests
{
    private static readonly MatrixProductKind s_kind = new(false, false, 2, 4, 64, ElementType.Float32, ElementType.Float32, HasBias: false,
        UsesTf32: false, 256, 256, 256);

    [Theory]
    [InlineData("address", 7, "; the algorithm was chosen for multiples of 256 bytes")]
    [InlineData("workspace", 7, "the algorithm needs 64 bytes of workspace, 32 at")]
    [InlineData("other product", 7, "the algorithm was chosen for another product")]
    [InlineData("host pointer", 7, "an address that this device has not given out")]
    [InlineData("beyond the end", 7, "cublasLtMatmul's B")]
    [InlineData("over a factor", 7, "the result lies over a factor")]
    public void A_product_that_does_not_fit_its_algorithm_or_its_memory_is_refused(string what, int status, string text)
    {
        const long HostAddress = 0x7F00_0000_0100;
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        CublasLt library = new(driver.Libraries.Open(CudaLibrary.CublasLt));
        nint handle = library.Create(), stream = driver.CreateStream();
        nint workspace = driver.Allocate(4096), a = driver.Allocate(4096), b = driver.Allocate(1024), c = driver.Allocate(1024);
        using MatrixPlan plan = MatrixPlan.TryMake(library, handle, s_kind, 4096)!;
        using MatrixPlan other = MatrixPlan.TryMake(library, handle, s_kind with { M = 1, K = 128 }, 4096)!;
        Assert.Equal(64, plan.WorkspaceBytes);
        CudaException refused = Assert.Throws<CudaException>(() => library.Multiply(handle, plan.Product,
            what == "address" ? a + 4 : what == "host pointer" ? unchecked((nint)HostAddress) : a, plan.LayoutOfB,
            what == "beyond the end" ? b + 768 : b, plan.LayoutOfA, 0, what == "over a factor" ? b + 256 : c, plan.LayoutOfC,
            what == "other product" ? other.Algorithm : plan.Algorithm, workspace, what == "workspace" ? 32 : 64, stream));
        Assert.Equal((status, "cublasLtMatmul"), (refused.Code, refused.Call));
        Assert.Contains("CUBLAS_STATUS_INVALID_VALUE", refused.Message);
        Assert.Contains(text, refused.Message);
    }

    [Fact]
    public void A_factor_that_nobody_wrote_is_an_error_of_the_call_that_waits()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        CublasLt library = new(driver.Libraries.Open(CudaLibrary.CublasLt));
        nint handle = library.Create(), stream = driver.CreateStream();
        nint workspace = driver.Allocate(4096), a = driver.Allocate(1024), b = driver.Allocate(512), c = driver.Allocate(32);
        driver.SetBytes(a, 0, 1024, stream);
        driver.SetBytes(b, 0, 400, stream);
        using MatrixPlan plan = MatrixPlan.TryMake(library, handle, s_kind, 4096)!;
        library.Multiply(handle, plan.Product, a, plan.LayoutOfB, b, plan.LayoutOfA, 0, c, plan.LayoutOfC, plan.Algorithm, workspace, 4096, stream);
        CudaException failure = Assert.Throws<CudaException>(() => driver.Synchronize(stream));
        Assert.Contains("cublasLtMatmul reads column 1 of B: ", failure.Message);
        Assert.Contains("reads byte 400 of an allocation of 512 bytes, which nobody wrote", failure.Message);

        // As after a kernel that failed, nothing works any more; the library has its own number for it.
        Assert.Equal(13, Assert.Throws<CudaException>(() => library.Create()).Code);
    }

    [Theory]
    [InlineData(15, 14, 68)]
    [InlineData(15, 0, 77)]
    public void Types_and_sums_that_do_not_go_together_are_not_supported(int status, int typeOfB, int compute)
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        CublasLt library = new(driver.Libraries.Open(CudaLibrary.CublasLt));
        nint handle = library.Create(), product = library.CreateProduct((CublasLtCompute)compute), preference = library.CreatePreference();
        nint a = library.CreateLayout((CublasLtType)(typeOfB == 14 ? 0 : 14), 4, 4, 4), b = library.CreateLayout((CublasLtType)typeOfB, 4, 4, 4);
        Assert.False(library.TryChoose(handle, product, a, b, b, preference, out _));
        Assert.Contains("there is no product of", gpu.Simulated.LastError);
        Assert.Equal(15, status);

        // Shapes that do not fit, and rows that do not hold a column.
        foreach ((int rows, int leadingDimension, string text) in ((int, int, string)[])[(5, 5, "the shapes do not fit"), (4, 3, "leading dimension 3")])
        {
            nint odd = library.CreateLayout((CublasLtType)typeOfB, rows, 4, leadingDimension);
            CudaException refused = Assert.Throws<CudaException>(() => library.TryChoose(handle, product, b, odd, b, preference, out _));
            Assert.Equal(7, refused.Code);
            Assert.Contains(text, refused.Message);
        }
    }

    [Fact]
    public void A_product_whose_kind_is_known_allocates_nothing()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using MatrixProducts products = new(device, new CublasLt(new CudaFunctions("nothing", name => name == "cublasLtMatmulAlgoGetHeuristic"
            ? (nint)(delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int>)&Choose
            : (nint)(delegate* unmanaged<int>)&Succeed)));
        Assert.True(products.TryRun(s_kind, 0x100, 0x200, 0, false, 0x300));
        Assert.True(products.TryRun(s_kind with { HasBias = true }, 0x100, 0x200, 0x400, false, 0x300));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            products.TryRun(s_kind, 0x100, 0x200, 0, accumulate: true, 0x300);
            products.TryRun(s_kind with { HasBias = true }, 0x100, 0x200, 0x400, accumulate: false, 0x300);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2, products.PlanCount);
    }

    [UnmanagedCallersOnly]
    private static int Succeed() => 0;

    [UnmanagedCallersOnly]
    private static int Choose(nint handle, nint product, nint a, nint b, nint c, nint d, nint preference, int wanted, CublasLtChoice* choices, int* count)
    {
        (*choices, *count) = (default, 1);
        return 0;
    }
}
