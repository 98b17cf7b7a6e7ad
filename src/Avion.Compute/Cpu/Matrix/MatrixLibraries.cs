using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>One matrix library that was looked for.</summary>
/// <param name="Name">Name and version, or the file that was looked for.</param>
/// <param name="IsUsable">Whether products can run on it.</param>
/// <param name="IsChosen">Whether products do run on it.</param>
/// <param name="Detail">The file it came from, or why it is not usable.</param>
public sealed record MatrixLibraryFinding(string Name, bool IsUsable, bool IsChosen, string Detail);

/// <summary>The matrix libraries of this machine, opened at run time, and which of them products run on.</summary>
/// <remarks>
/// <c>AVION_BLAS</c> chooses: <c>onednn</c>, <c>openblas</c>, <c>managed</c>, or the path of a library that exports
/// <c>dnnl_sgemm</c> or <c>cblas_sgemm</c>. Without it the first that opens is taken, in the order oneDNN, OpenBLAS, managed; see
/// docs/numerics.md, "Matrix products", for the measurements behind that order.
/// </remarks>
public static class MatrixLibraries
{
    private const string Variable = "AVION_BLAS";

    private static readonly string[] s_oneDnnFiles = ["libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "dnnl.dll", "libdnnl.dylib"];

    private static readonly string[] s_openBlasFiles =
    [
        "libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libopenblaso.so.0", "libopenblas.dll", "openblas.dll",
        "libopenblas.dylib",
    ];

    private static readonly Lazy<MatrixLibrary> s_best = new(() => Open(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The library that products run on unless a caller chooses another.</summary>
    /// <exception cref="DllNotFoundException"><c>AVION_BLAS</c> names a library that cannot be used.</exception>
    public static MatrixLibrary Best => s_best.Value;

    /// <summary>Whether <c>AVION_BLAS</c> names the library.</summary>
    public static bool IsChosenByUser => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The managed product, which every machine has.</summary>
    public static MatrixLibrary Managed { get; } = new ManagedMatrixLibrary();

    /// <summary>Opens the library of that name or path; null or empty opens the best that the machine has.</summary>
    /// <exception cref="DllNotFoundException">The library cannot be used; the message tells why.</exception>
    public static MatrixLibrary Open(string? choice)
    {
        if (string.IsNullOrEmpty(choice))
        {
            return OpenFirst(s_oneDnnFiles, []) ?? OpenFirst(s_openBlasFiles, []) ?? Managed;
        }

        List<string> reasons = [];
        MatrixLibrary? library = choice.ToLowerInvariant() switch
        {
            "onednn" => OpenFirst(s_oneDnnFiles, reasons),
            "openblas" => OpenFirst(s_openBlasFiles, reasons),
            "managed" => Managed,
            _ => OpenFirst([choice], reasons),
        };
        return library ?? throw new DllNotFoundException($"{Variable}={choice}: {string.Join("; ", reasons)}. " +
            "Expected onednn, openblas, managed, or the path of a library that exports dnnl_sgemm or cblas_sgemm.");
    }

    /// <summary>The library of exactly that <see cref="MatrixLibrary.Name"/>, version included; null where the machine has none.</summary>
    public static MatrixLibrary? Find(string name) =>
        name == Managed.Name ? Managed
        : Best.Name == name ? Best
        : OpenFirst(s_oneDnnFiles, []) is { } oneDnn && oneDnn.Name == name ? oneDnn
        : OpenFirst(s_openBlasFiles, []) is { } openBlas && openBlas.Name == name ? openBlas
        : null;

    /// <summary>What was looked for, what was found, and why the rest is not usable.</summary>
    public static IReadOnlyList<MatrixLibraryFinding> Describe()
    {
        List<MatrixLibraryFinding> findings = [];
        string chosen;
        try
        {
            chosen = Best.Name;
        }
        catch (DllNotFoundException exception)
        {
            findings.Add(new MatrixLibraryFinding(Variable, false, false, exception.Message));
            chosen = "";
        }

        foreach ((string name, string[] files) in ((string, string[])[])[("oneDNN", s_oneDnnFiles), ("OpenBLAS", s_openBlasFiles)])
        {
            List<string> reasons = [];
            MatrixLibrary? library = OpenFirst(files, reasons);
            findings.Add(library is null
                ? new MatrixLibraryFinding(name, false, false,
                    reasons.FirstOrDefault(reason => !reason.EndsWith("was not found", StringComparison.Ordinal))
                    ?? $"none of {string.Join(", ", files.Where(file => file.Contains(".so")))} was found")
                : new MatrixLibraryFinding(library.Name, true, library.Name == chosen, library.Source));
        }

        if (chosen.Length > 0 && !findings.Any(finding => finding.IsChosen) && Best != Managed)
        {
            findings.Add(new MatrixLibraryFinding(Best.Name, true, true, Best.Source));
        }

        findings.Add(new MatrixLibraryFinding(Managed.Name, true, chosen == Managed.Name,
            "built in; several times slower than a tuned library"));
        return findings;
    }

    private static MatrixLibrary? OpenFirst(string[] files, List<string> reasons)
    {
        CBlasLibrary.PrepareEnvironment();
        foreach (string file in files)
        {
            if (!NativeLibrary.TryLoad(file, out nint handle))
            {
                reasons.Add(File.Exists(file) ? $"{file} cannot be loaded on this machine" : $"{file} was not found");
                continue;
            }

            MatrixLibrary? library = OneDnnLibrary.TryCreate(handle, file) ?? (MatrixLibrary?)CBlasLibrary.TryCreate(handle, file);
            if (library is not null)
            {
                return library;
            }

            // The handle stays open: a library that started threads cannot be unloaded safely.
            reasons.Add($"{file} exports neither dnnl_sgemm nor cblas_sgemm");
        }

        return null;
    }
}
