using System.Text.RegularExpressions;

namespace Avion.OpCases;

/// <summary>Loads every kernel of this build, and asks the driver what its compiler made of it.</summary>
public static partial class KernelItems
{
    /// <summary>Figures of a kernel.</summary>
    public const string Registers = "registers", SpilledBytes = "spilled_bytes", LocalBytes = "local_bytes", SharedBytes = "shared_bytes",
        LargestThreads = "largest_threads";

    /// <summary>An item for each source file.</summary>
    public static IReadOnlyList<GpuCheckItem> All { get; } =
    [
        .. CudaModule.Sources.Select(source => new GpuCheckItem(GpuCheckPart.Kernels, $"{source}.cu",
            devices => Load(devices.Of(ElementType.BFloat16).Driver, source, CudaModule.TextOf(source)))),
    ];

    /// <summary>Loads a text.</summary>
    internal static IEnumerable<GpuFinding> Load(CudaDriver driver, string source, string text)
    {
        nint module = driver.LoadModule(text, out string log);
        List<GpuFinding> findings = [];
        Dictionary<string, int> spilled = Spills().Matches(log).GroupBy(match => match.Groups[1].Value)
            .ToDictionary(group => group.Key, group => Number(group.First().Groups[2].Value));
        foreach (string kernel in CudaModule.KernelNamesIn(text))
        {
            nint function = driver.Function(module, kernel);
            int local = driver.Attribute(function, CudaFunctionAttribute.LocalBytes);
            List<(string, double)> figures =
            [
                (Registers, driver.Attribute(function, CudaFunctionAttribute.RegisterCount)),
                (LocalBytes, local),
                (SharedBytes, driver.Attribute(function, CudaFunctionAttribute.StaticSharedBytes)),
                (LargestThreads, driver.Attribute(function, CudaFunctionAttribute.LargestThreads)),
            ];
            if (spilled.TryGetValue(kernel, out int bytes))
            {
                figures.Add((SpilledBytes, bytes));
            }

            findings.Add(GpuFinding.Good(GpuCheckPart.Kernels, kernel,
                local > 0 ? $"{source}.cu: registers do not suffice" : $"{source}.cu", [.. figures]));
        }

        driver.UnloadModule(module);
        return findings;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    // The compiler within the driver begins the second line with its name, the one of the toolkit with spaces.
    [GeneratedRegex(@"Function properties for '?(\w+)'?:?\s+(?:ptxas\s+\.\s+)?\d+ bytes stack frame, (\d+) bytes spill stores")]
    private static partial Regex Spills();
}
