namespace Avion.Compute;

/// <summary>Matrix products of a device by cuBLASLt: for each kind of product, descriptors and algorithm are chosen once and kept.</summary>
/// <remarks>
/// Matrices are stored by rows, the library's by columns, where the same memory is the transpose: C = op(A) op(B) is computed as
/// Cᵀ = op(B)ᵀ op(A)ᵀ, with the factors exchanged and no number moved. A product whose kind is known allocates nothing; all work goes to
/// the device's stream, and so one workspace serves it. Sums are float32; partial sums are never rounded to the result's type.
/// </remarks>
internal sealed unsafe class MatrixProducts : IDisposable
{
    // Packed text has another number of tokens in each step: kinds of product that are long past are let go.
    private const int MostPlans = 4096;

    private readonly CudaDevice _device;
    private readonly CublasLt _library;
    private readonly Dictionary<MatrixProductKind, MatrixPlan?> _plans = [];
    private readonly nint _handle, _workspace;
    private readonly long _workspaceBytes;

    /// <summary>Opens the library for a device.</summary>
    /// <exception cref="DllNotFoundException">The library is not there.</exception>
    public MatrixProducts(CudaDevice device, CublasLt library)
    {
        (_device, _library, _workspaceBytes) = (device, library, WorkspaceBytes(device.ComputeCapability));
        _ = device.Driver;
        _handle = library.Create();
        _workspace = device.AllocateMemory(_workspaceBytes);
    }

    /// <summary>The library's version.</summary>
    public Version Version => _library.Version;

    /// <summary>Kinds of product whose algorithm is chosen.</summary>
    public int PlanCount => _plans.Count;

    /// <summary>Kinds of product that the library has no algorithm for.</summary>
    public int RefusedCount => _plans.Values.Count(plan => plan is null);

    /// <summary>Memory that products may use beside their factors: what the library's own defaults are.</summary>
    /// <param name="computeCapability">Digits, such as 80.</param>
    public static long WorkspaceBytes(int computeCapability) => computeCapability >= 90 ? 32L << 20 : 4L << 20;

    /// <summary>Gives a product to the stream; false where the library has no algorithm for it, and nothing is done.</summary>
    /// <param name="kind">Sizes, types and layouts.</param>
    /// <param name="a">Address of A.</param>
    /// <param name="b">Address of B.</param>
    /// <param name="bias">Address of the bias, which is of C's type, where there is one.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <param name="c">Address of C.</param>
    public bool TryRun(in MatrixProductKind kind, nint a, nint b, nint bias, bool accumulate, nint c)
    {
        CudaDriver driver = _device.Driver;
        if (!_plans.TryGetValue(kind, out MatrixPlan? plan))
        {
            if (_plans.Count >= MostPlans)
            {
                Clear();
            }

            _plans.Add(kind, plan = MatrixPlan.TryMake(_library, _handle, kind, _workspaceBytes, bias));
        }

        if (plan is null)
        {
            return false;
        }

        _device.NoteWork((ulong)a, (ulong)b, (ulong)bias, (ulong)c, (ulong)kind.GetHashCode(), accumulate ? 1u : 0);
        if (kind.HasBias)
        {
            _library.SetBias(plan.Product, bias);
        }

        _library.Multiply(_handle, plan.Product, b, plan.LayoutOfB, a, plan.LayoutOfA, accumulate ? 1 : 0, c, plan.LayoutOfC, plan.Algorithm,
            _workspace, plan.WorkspaceBytes, _device.Stream);
        if (_device.WaitsForEachKernel)
        {
            driver.SynchronizeBehind("cublasLtMatmul", _device.Stream);
        }

        return true;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Clear();
        _library.Destroy(_handle);
        _device.FreeMemory(_workspace, _workspaceBytes);
    }

    private void Clear()
    {
        foreach (MatrixPlan? plan in _plans.Values)
        {
            plan?.Dispose();
        }

        _plans.Clear();
    }
}

/// <summary>What decides how a product is best computed.</summary>
/// <param name="TransposeA">Whether A is stored [K, M].</param>
/// <param name="TransposeB">Whether B is stored [N, K].</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms of a sum.</param>
/// <param name="Input">Type of A and B.</param>
/// <param name="Output">Type of C and of the bias.</param>
/// <param name="HasBias">Whether a bias is added to each row.</param>
/// <param name="UsesTf32">Whether float32 factors may be rounded to TF32.</param>
/// <param name="AlignmentA">Bytes that A's address is a multiple of, 256 at most.</param>
/// <param name="AlignmentB">B's.</param>
/// <param name="AlignmentC">C's.</param>
internal readonly record struct MatrixProductKind(bool TransposeA, bool TransposeB, int M, int N, int K, ElementType Input, ElementType Output,
    bool HasBias, bool UsesTf32, int AlignmentA, int AlignmentB, int AlignmentC)
{
    private const int MostAlignment = 256;

    /// <summary>What an address is a multiple of.</summary>
    public static int AlignmentOf(nint address) => (int)Math.Min(MostAlignment, address & -address);
}

/// <summary>The library's descriptors of a kind of product, and the algorithm.</summary>
internal sealed class MatrixPlan : IDisposable
{
    private const int BiasEpilogue = 4, ReductionInSumType = 2;

    private readonly CublasLt _library;

    private MatrixPlan(CublasLt library, in MatrixProductKind kind)
    {
        _library = library;
        Product = library.CreateProduct(kind.UsesTf32 && kind.Input == ElementType.Float32 ? CublasLtCompute.Tf32 : CublasLtCompute.Float32);
        CublasLtType input = TypeOf(kind.Input);
        LayoutOfA = kind.TransposeA ? library.CreateLayout(input, kind.M, kind.K, kind.M) : library.CreateLayout(input, kind.K, kind.M, kind.K);
        LayoutOfB = kind.TransposeB ? library.CreateLayout(input, kind.K, kind.N, kind.K) : library.CreateLayout(input, kind.N, kind.K, kind.N);
        LayoutOfC = library.CreateLayout(TypeOf(kind.Output), kind.N, kind.M, kind.N);

        // Our B is the library's first factor.
        library.Set(Product, CublasLtProductAttribute.TransposeA, kind.TransposeB ? 1 : 0);
        library.Set(Product, CublasLtProductAttribute.TransposeB, kind.TransposeA ? 1 : 0);
        if (kind.HasBias)
        {
            library.Set(Product, CublasLtProductAttribute.Epilogue, BiasEpilogue);
        }
    }

    public nint Product { get; }

    public nint LayoutOfA { get; }

    public nint LayoutOfB { get; }

    public nint LayoutOfC { get; }

    public ref readonly CublasLtAlgorithm Algorithm => ref _choice.Algorithm;

    public long WorkspaceBytes => (long)_choice.WorkspaceBytes;

    private CublasLtChoice _choice;

    /// <summary>Makes descriptors and chooses an algorithm; null where there is none.</summary>
    public static MatrixPlan? TryMake(CublasLt library, nint handle, in MatrixProductKind kind, long workspaceBytes, nint bias = 0)
    {
        MatrixPlan plan = new(library, kind);
        if (kind.HasBias)
        {
            // The choice may look at the address.
            library.SetBias(plan.Product, bias);
        }

        nint preference = library.CreatePreference();
        try
        {
            library.SetWorkspace(preference, workspaceBytes);
            library.Set(preference, CublasLtPreferenceAttribute.Reductions, ReductionInSumType);
            library.Set(preference, CublasLtPreferenceAttribute.AlignmentA, (uint)kind.AlignmentB);
            library.Set(preference, CublasLtPreferenceAttribute.AlignmentB, (uint)kind.AlignmentA);
            library.Set(preference, CublasLtPreferenceAttribute.AlignmentC, (uint)kind.AlignmentC);
            library.Set(preference, CublasLtPreferenceAttribute.AlignmentD, (uint)kind.AlignmentC);
            if (library.TryChoose(handle, plan.Product, plan.LayoutOfB, plan.LayoutOfA, plan.LayoutOfC, preference, out plan._choice))
            {
                return plan;
            }
        }
        finally
        {
            library.DestroyPreference(preference);
        }

        plan.Dispose();
        return null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _library.DestroyProduct(Product);
        _library.DestroyLayout(LayoutOfA);
        _library.DestroyLayout(LayoutOfB);
        _library.DestroyLayout(LayoutOfC);
    }

    private static CublasLtType TypeOf(ElementType type) => type == ElementType.BFloat16 ? CublasLtType.BFloat16 : CublasLtType.Float32;
}
