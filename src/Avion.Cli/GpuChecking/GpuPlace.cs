namespace Avion.Cli;

/// <summary>Where a check finds its GPU.</summary>
/// <param name="Driver">The driver.</param>
/// <param name="Open">Opens a GPU by its number for activations of a type.</param>
internal sealed record GpuPlace(CudaDriver Driver, Func<int, ElementType, CudaDevice> Open)
{
    /// <summary>The GPUs of this machine.</summary>
    /// <exception cref="MissingOnMachineException">There is none, or no driver.</exception>
    public static GpuPlace Find() => CudaLibraries.TryFind(out CudaLibraries? libraries, out string missing)
        ? new GpuPlace(libraries.Driver, (ordinal, type) => libraries.Open(ordinal, type)) : throw new MissingOnMachineException(missing);

    /// <summary>Opens a GPU whose number a user gave.</summary>
    /// <exception cref="UsageException">There is no GPU of that number.</exception>
    public CudaDevice OpenChecked(int ordinal, ElementType type)
    {
        CheckOrdinal(ordinal);
        return Open(ordinal, type);
    }

    /// <inheritdoc cref="OpenChecked"/>
    public void CheckOrdinal(int ordinal)
    {
        int count = Driver.DeviceCount;
        if (ordinal < 0 || ordinal >= count)
        {
            throw new UsageException($"--device is {ordinal}, expected 0 to {count - 1}.");
        }
    }
}
