using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>Where times were measured.</summary>
/// <param name="Processor">Its name, or its maker's numbers where the name is none, and what matters of its instructions.</param>
/// <param name="ProcessorCount">Logical processors.</param>
/// <param name="MemoryGibibytes">Memory.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">The version of .NET.</param>
internal sealed record Machine(string Processor, int ProcessorCount, double MemoryGibibytes, string System, string Runtime)
{
    // As Linux names them, and as people do.
    private static readonly (string Flag, string Name)[] s_instructions =
        [("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "AVX512-BF16"), ("amx_bf16", "AMX-BF16")];

    /// <summary>This machine.</summary>
    public static Machine Here()
    {
        Dictionary<string, string> first = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0].Trim(), parts => parts[^1].Trim());
        string[] flags = first.GetValueOrDefault("flags", "").Split(' ');
        string instructions = string.Join(", ", s_instructions.Where(one => flags.Contains(one.Flag)).Select(one => one.Name));
        return new Machine($"{first.GetValueOrDefault("model name")} (family {first.GetValueOrDefault("cpu family")}, model {first.GetValueOrDefault("model")}; {instructions})",
            Environment.ProcessorCount, Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Pow(2, 30), 1), SystemName(),
            RuntimeInformation.FrameworkDescription);
    }

    public override string ToString() => 
        $"{ProcessorCount} processors of {Processor}, {MemoryGibibytes:f0} GiB, {System}, {Runtime}";

    private static string SystemName() => (File.Exists("/etc/os-release")
            ? File.ReadLines("/etc/os-release").FirstOrDefault(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?[12..].Trim('"') : null)
        ?? RuntimeInformation.OSDescription;
}
