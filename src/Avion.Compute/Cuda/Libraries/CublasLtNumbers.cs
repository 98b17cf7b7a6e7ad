namespace Avion.Compute;

/// <summary>Types of a matrix' elements (cudaDataType_t).</summary>
internal enum CublasLtType
{
    /// <summary>Float32.</summary>
    Float32 = 0,

    /// <summary>BFloat16.</summary>
    BFloat16 = 14,
}

/// <summary>How products are summed (cublasComputeType_t).</summary>
internal enum CublasLtCompute
{
    /// <summary>In float32.</summary>
    Float32 = 68,

    /// <summary>In float32 from factors that are rounded to TF32, which keeps 11 bits.</summary>
    Tf32 = 77,
}

/// <summary>What a product is told (cublasLtMatmulDescAttributes_t).</summary>
internal enum CublasLtProductAttribute
{
    /// <summary>Whether the first factor is transposed.</summary>
    TransposeA = 3,

    /// <summary>Whether the second factor is.</summary>
    TransposeB = 4,

    /// <summary>What is done to the result: 1 for nothing, 4 to add a bias to each column.</summary>
    Epilogue = 7,

    /// <summary>Where the bias is.</summary>
    BiasAddress = 8,
}

/// <summary>What the choice of an algorithm is told (cublasLtMatmulPreferenceAttributes_t).</summary>
internal enum CublasLtPreferenceAttribute
{
    /// <summary>Most bytes of workspace.</summary>
    WorkspaceBytes = 1,

    /// <summary>How parts of a sum may be added: 2 for in the type of the sum alone.</summary>
    Reductions = 3,

    /// <summary>Bytes that the first factor's address is a multiple of; 256 unless told.</summary>
    AlignmentA = 5,

    /// <summary>The second factor's.</summary>
    AlignmentB = 6,

    /// <summary>The addend's.</summary>
    AlignmentC = 7,

    /// <summary>The result's.</summary>
    AlignmentD = 8,
}

/// <summary>An algorithm, opaque (cublasLtMatmulAlgo_t).</summary>
[InlineArray(8)]
internal struct CublasLtAlgorithm
{
    private ulong _first;
}

/// <summary>An algorithm and what it needs (cublasLtMatmulHeuristicResult_t).</summary>
internal struct CublasLtChoice
{
    /// <summary>The algorithm.</summary>
    public CublasLtAlgorithm Algorithm;

    /// <summary>Bytes of workspace.</summary>
    public nuint WorkspaceBytes;

    /// <summary>0 where the algorithm can be used.</summary>
    public int Status;

    /// <summary>How often the device is filled.</summary>
    public float Waves;

    /// <summary>Unused.</summary>
    public Reserve Reserved;

    /// <summary>Four numbers of no use.</summary>
    [InlineArray(4)]
    internal struct Reserve
    {
        private int _first;
    }
}

/// <summary>The library's results (cublasStatus_t).</summary>
internal static class CublasStatus
{
    public const int Success = 0, InvalidValue = 7, NotSupported = 15;

    public static string Name(int status) => status switch
    {
        1 => "CUBLAS_STATUS_NOT_INITIALIZED", 3 => "CUBLAS_STATUS_ALLOC_FAILED", InvalidValue => "CUBLAS_STATUS_INVALID_VALUE",
        8 => "CUBLAS_STATUS_ARCH_MISMATCH", 11 => "CUBLAS_STATUS_MAPPING_ERROR", 13 => "CUBLAS_STATUS_EXECUTION_FAILED",
        14 => "CUBLAS_STATUS_INTERNAL_ERROR", NotSupported => "CUBLAS_STATUS_NOT_SUPPORTED", 16 => "CUBLAS_STATUS_LICENSE_ERROR",
        _ => "unknown status",
    };
}
