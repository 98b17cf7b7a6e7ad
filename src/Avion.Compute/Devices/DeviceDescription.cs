namespace Avion.Compute;

/// <summary>What a plan needs to know of a device, so that it can be made without having the device.</summary>
public sealed record DeviceDescription
{
    /// <summary>For messages, such as "cpu".</summary>
    public required string Name { get; init; }

    /// <summary>Element type of activations and working weights.</summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    /// <summary>Element type of master parameters, gradients, optimizer states, statistics and losses.</summary>
    public ElementType AccumulationType { get; init; } = ElementType.Float32;

    /// <summary>Bytes to which every allocation is aligned and rounded.</summary>
    public int AlignmentBytes { get; init; } = Device.Alignment;

    /// <summary>Whether kernels can read host memory.</summary>
    public bool AddressesHostMemory { get; init; }

    /// <summary>Threads of a processor that share a kernel, each of which may take scratch; 0 where kernels take none.</summary>
    public int WorkerCount { get; init; }

    /// <summary>Memory of the device itself; 0 where it shares the host's, or where it is not known.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>What the library of matrix products takes once for its intermediate results.</summary>
    public long LibraryBytes { get; init; }

    /// <summary>The processor.</summary>
    /// <param name="threads">Compute threads; 0 for one per core.</param>
    /// <param name="activationType">Float32 or BFloat16.</param>
    public static DeviceDescription Cpu(int threads = 0, ElementType activationType = ElementType.Float32) => new()
    {
        Name = "cpu", ActivationType = activationType, AddressesHostMemory = true, WorkerCount = threads == 0 ? Environment.ProcessorCount : threads,
    };

    /// <summary>The specification in double precision.</summary>
    public static DeviceDescription Reference { get; } = new()
    {
        Name = "reference", ActivationType = ElementType.Float64, AccumulationType = ElementType.Float64, AddressesHostMemory = true,
    };

    /// <summary>A graphics processor with memory of its own.</summary>
    /// <param name="activationType">BFloat16 or Float32.</param>
    /// <param name="memoryBytes">Its memory; 0 where that is not known.</param>
    public static DeviceDescription Cuda(ElementType activationType = ElementType.BFloat16, long memoryBytes = 0) => new()
    {
        Name = "cuda", ActivationType = activationType, AlignmentBytes = 256, MemoryBytes = memoryBytes, LibraryBytes = 32L << 20,
    };
}
