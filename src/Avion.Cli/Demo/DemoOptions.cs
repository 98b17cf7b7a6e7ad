namespace Avion.Cli;

/// <summary>What `avion demo` was asked for.</summary>
internal sealed record DemoOptions(string OutputFolder, string? JsonFile, ulong Seed, bool IsQuick, bool IsDataOnly,
    IReadOnlyList<string> Overrides)
{
    /// <summary>What the run's log keeps of command line and machine.</summary>
    public IReadOnlyList<Label> Origin { get; init; } = [];
}
