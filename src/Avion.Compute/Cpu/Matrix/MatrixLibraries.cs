namespace Avion.Compute;

/// <summary>The matrix libraries that this machine has.</summary>
public static class MatrixLibraries
{
    /// <summary>The library that products run on unless a caller chooses another.</summary>
    public static MatrixLibrary Best { get; } = new ManagedMatrixLibrary();
}
