using System.Reflection;
using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>What this machine has and lacks for Avion.</summary>
/// <param name="Version">Avion's version.</param>
/// <param name="Ready">Whether nothing required is missing.</param>
/// <param name="Findings">One entry per thing looked for.</param>
public sealed record MachineReport(string Version, bool Ready, IReadOnlyList<Finding> Findings)
{
    /// <summary>Looks at this machine; changes nothing.</summary>
    public static MachineReport Examine()
    {
        Finding[] findings =
        [
            Processor.Examine(),
            Processor.ExamineMemory(),
            FfmpegDecoder.Examine(),
            FfmpegProgram.Examine(),
            MatrixLibraryFindings.Examine(),
            .. Gpu.Examine(),
        ];
        return new MachineReport(ProgramVersion(), findings.All(finding => finding.Found || !finding.Required), findings);
    }

    private static string ProgramVersion() =>
        typeof(MachineReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MachineReport))]
internal sealed partial class MachineReportJson : JsonSerializerContext;
