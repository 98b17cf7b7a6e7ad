namespace Avion.Compute;

/// <summary>One of NVIDIA's libraries: what its files are called, and what is lost without it.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Files">Names of the file, in order of trial.</param>
/// <param name="WheelFolders">Where Python's packages keep it, below <c>site-packages/nvidia</c>; none for parts of the driver.</param>
/// <param name="Remedy">What to do where it is missing.</param>
public sealed record CudaLibrary(string Name, IReadOnlyList<string> Files, IReadOnlyList<string> WheelFolders, string Remedy)
{
    /// <summary>The driver.</summary>
    public static CudaLibrary Driver { get; } = new("CUDA driver", ["libcuda.so.1", "libcuda.so"], [],
        "Install NVIDIA's driver, or run on the processor (--device cpu).");

    /// <summary>Matrix products; as <see cref="Driver"/>s of CUDA 13 and later run it.</summary>
    public static CudaLibrary CublasLt { get; } = new("cuBLASLt", ["libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"], ["cu13/lib", "cublas/lib"],
        $"Install CUDA 12 or 13, or `pip install nvidia-cublas-cu12`, or name the folder in {CudaLibrarySearch.Variable}.");

    /// <summary>Matrix products, as drivers of CUDA 12 run it: a library is never newer than the driver's CUDA, but for its last part.</summary>
    private static readonly CudaLibrary s_cublasLtOf12 = CublasLt with { Files = ["libcublasLt.so.12", "libcublasLt.so"] };

    /// <summary>Matrix products, as a driver runs it.</summary>
    /// <param name="cuda">The newest CUDA that the driver knows.</param>
    public static CudaLibrary CublasLtFor(Version cuda) => cuda.Major >= 13 ? CublasLt : s_cublasLtOf12;

    /// <summary>What several GPUs exchange tensors by.</summary>
    public static CudaLibrary Nccl { get; } = new("NCCL", ["libnccl.so.2", "libnccl.so"], ["nccl/lib", "cu13/lib"],
        $"Install NCCL 2, or `pip install nvidia-nccl-cu12`, or name the folder in {CudaLibrarySearch.Variable}; or train on one GPU.");

    /// <summary>The sensors of GPUs.</summary>
    public static CudaLibrary Nvml { get; } = new("NVML", ["libnvidia-ml.so.1", "libnvidia-ml.so"], [],
        "It comes with NVIDIA's driver; without it the use of the GPU is not recorded.");
}

/// <summary>A library that is open: gives the addresses of its functions.</summary>
/// <param name="Source">The file it was opened from.</param>
/// <param name="Find">The address of a function by its exported name, or 0 where there is none.</param>
public sealed record CudaFunctions(string Source, Func<string, nint> Find)
{
    /// <summary>The address of a function that the library must have.</summary>
    /// <exception cref="EntryPointNotFoundException">It has none: the library is too old.</exception>
    internal nint Require(string function, string oldest) => Find(function) is var address && address != 0 ? address
        : throw new EntryPointNotFoundException($"{Source} has no function {function}: it is older than {oldest}. Update it.");
}
