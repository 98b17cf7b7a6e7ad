using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Avion.Cli.Machine;

/// <summary>The vendor's library that multiplies matrices.</summary>
internal static class MatrixLibrary
{
    private static readonly (string File, string Title)[] s_candidates =
    [
        ("libopenblas.so.0", "OpenBLAS"),
        ("libdnnl.so.3", "oneDNN"),
        ("libdnnl.so.2", "oneDNN"),
    ];

    public static Finding Examine()
    {
        List<string> found = [];
        foreach ((string file, string title) in s_candidates)
        {
            if (NativeLibrary.TryLoad(file, out _))
            {
                found.Add($"{title} ({file})");
            }
        }
        return found.Count > 0
            ? new Finding("matrix library", true, true, string.Join(", ", found))
            : new Finding("matrix library", false, true, "neither OpenBLAS nor oneDNN can be opened", "apt-get install --no-install-recommends libopenblas0-pthread libdnnl2");
    }
}
