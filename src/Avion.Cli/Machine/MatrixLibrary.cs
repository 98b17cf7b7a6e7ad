using System.Linq;
using Avion.Compute;

namespace Avion.Cli.Machine;

/// <summary>The vendor's library that multiplies matrices.</summary>
internal static class MatrixLibrary
{
    public static Finding Examine()
    {
        var findings = MatrixLibraries.Describe();
        string detail = string.Join("; ", findings.Select(finding =>
            $"{finding.Name}: {(finding.IsChosen ? "in use, " : "")}{finding.Detail}"));

        // The managed product, always the last, computes everything but slowly: training needs one of the others.
        return findings.SkipLast(1).Any(finding => finding.IsUsable && finding.IsChosen)
            ? new Finding("matrix library", true, true, detail)
            : new Finding("matrix library", false, true, detail, "apt-get install --no-install-recommends libdnnl2 libopenblas0-pthread");
    }
}
