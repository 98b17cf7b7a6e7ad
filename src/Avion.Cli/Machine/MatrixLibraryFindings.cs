namespace Avion.Cli;

/// <summary>The vendor's library that multiplies matrices; Avion's own product stands in, slowly, where there is none.</summary>
internal static class MatrixLibraryFindings
{
    private const string Name = "matrix library";
    private const string Fastest = "oneDNN";
    private const string FastestRemedy = "apt-get install --no-install-recommends libdnnl2";
    private const string Remedy = FastestRemedy + " (libdnnl3 on newer systems)";

    public static Finding Examine()
    {
        IReadOnlyList<MatrixLibraryFinding> findings = MatrixLibraries.Describe();
        string detail = string.Join("; ", findings.Where(finding => finding.IsUsable).Select(finding =>
            $"{finding.Name} ({finding.Detail}){(finding.IsChosen ? ", in use" : "")}"));
        if (findings.FirstOrDefault(finding => finding.IsChosen) is not { } chosen)
        {
            return new Finding(Name, false, true, findings[0].Detail, "correct or unset AVION_BLAS");
        }

        if (chosen.Name == MatrixLibraries.Managed.Name)
        {
            return new Finding(Name, false, false, detail, Remedy);
        }

        detail += MatrixLibraries.Best.HasBFloat16Instructions
            ? "; bfloat16 by the processor's instructions"
            : "; no instructions for bfloat16: precision bf16 saves memory and is slower than float32";
        return findings.Any(finding => finding.IsUsable && finding.Name.StartsWith(Fastest, StringComparison.Ordinal))
            ? new Finding(Name, true, false, detail)
            : new Finding(Name, true, false, $"{detail}; {Fastest} measures better and is missing: {FastestRemedy}");
    }
}
