using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Avion.Cli;

/// <summary>The processor, its vector instructions, and the memory a process may use.</summary>
internal static class Processor
{
    private const double BytesPerGiB = 1024.0 * 1024.0 * 1024.0;
    private const double RecommendedGiB = 4;

    public static Finding Examine()
    {
        string features = string.Join(' ', Features());
        string detail = $"{ModelName()}, {Environment.ProcessorCount} cores, " +
            $"{(features.Length == 0 ? "no vector instructions" : features)}, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.FrameworkDescription}";
        return new Finding("processor", true, true, detail);
    }

    /// <summary>The machine in a line, for logs: processor, memory, GPUs and operating system.</summary>
    public static string Describe() => string.Join(", ",
        [ModelName(), $"{Environment.ProcessorCount} cores", MemoryText(AvailableGiB()), .. Gpu.Names(), RuntimeInformation.OSDescription]);

    public static Finding ExamineMemory()
    {
        double available = AvailableGiB();
        string detail = MemoryText(available);
        return available >= RecommendedGiB
            ? new Finding("memory", true, false, detail)
            : new Finding("memory", false, false, detail, $"The demo wants {RecommendedGiB:0} GiB; smaller batches need less.");
    }

    private static double AvailableGiB() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerGiB;

    private static string MemoryText(double available) => available.ToString("0.0", CultureInfo.InvariantCulture) + " GiB";

    private static IEnumerable<string> Features()
    {
        (bool Supported, string Name)[] features =
        [
            (Sse41.IsSupported, "SSE4.1"), (Avx.IsSupported, "AVX"), (Avx2.IsSupported, "AVX2"), (Fma.IsSupported, "FMA"),
            (Avx512F.IsSupported, "AVX-512F"), (Avx512BW.IsSupported, "AVX-512BW"),
            (AdvSimd.IsSupported, "AdvSimd"), (Dp.IsSupported, "DotProd"),
        ];
        return features.Where(feature => feature.Supported).Select(feature => feature.Name);
    }

    private static string ModelName()
    {
        const string path = "/proc/cpuinfo";
        string? line = File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
