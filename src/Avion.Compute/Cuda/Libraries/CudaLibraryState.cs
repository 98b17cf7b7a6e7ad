namespace Avion.Compute;

/// <summary>Whether one of NVIDIA's libraries can be used, for reports.</summary>
/// <param name="Library">Which.</param>
/// <param name="IsUsable">Whether it opens and has the functions that Avion calls.</param>
/// <param name="Detail">Its version and file, or what is missing and what to do.</param>
public sealed record CudaLibraryState(CudaLibrary Library, bool IsUsable, string Detail)
{
    /// <summary>Opens a library as computing does.</summary>
    public static CudaLibraryState Examine(CudaDriver driver, CudaLibrary library)
    {
        if (!driver.Libraries.TryOpen(library, out CudaFunctions? functions, out string missing))
        {
            return new CudaLibraryState(library, false, missing);
        }

        try
        {
            Version? version = library.Name == CudaLibrary.CublasLt.Name ? new CublasLt(functions!).Version
                : library == CudaLibrary.Nccl ? new Nccl(functions!).Version
                : null;
            if (library == CudaLibrary.Nvml)
            {
                _ = new Nvml(functions!);
            }

            return new CudaLibraryState(library, true, version is null ? functions!.Source : $"{version}, {functions!.Source}");
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException)
        {
            return new CudaLibraryState(library, false, failure.Message);
        }
    }
}
