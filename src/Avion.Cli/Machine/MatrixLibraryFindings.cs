namespace Avion.Cli;

/// <summary>The vendor's library that multiplies matrices; Avion's own product stands in, slowly, where there is none.</summary>
internal static class MatrixLibraryFindings
{
    private const string Name = "matrix library";
    private const string Remedy = "apt-get install --no-install-recommends libdnnl2 libopenblas0-pthread";

    public static Finding Examine()
    {
        IReadOnlyList<MatrixLibraryFinding> findings = MatrixLibraries.Describe();
        string detail = string.Join("; ", findings.Where(finding => finding.IsUsable).Select(finding =>
            $"{finding.Name} ({finding.Detail}){(finding.IsChosen ? ", in use" : "")}"));
        if (findings.FirstOrDefault(finding => finding.IsChosen) is not { } chosen)
        {
            return new Finding(Name, false, true, findings[0].Detail, "correct or unset AVION_BLAS");
        }
        return chosen.Name == MatrixLibraries.Managed.Name
            ? new Finding(Name, false, false, detail, Remedy)
            : new Finding(Name, true, false, detail);
    }
}
