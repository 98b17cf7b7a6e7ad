namespace Avion.Architecture.Tests;

/// <summary>A capability that no recipe or command reaches, for a reason.</summary>
/// <param name="Name">As <see cref="Capability.Name"/> has it.</param>
/// <param name="Reason">Why it is there all the same, or which issue gives it a way in.</param>
internal sealed record UnreachedCapability(string Name, string Reason)
{
    private const string Trainings = "issue 11 (the five published trainings): ";

    public static IReadOnlyList<UnreachedCapability> All { get; } =
    [
        new("tape operation ScatterRows", Trainings + "running-cell masks put rows back in their places"),
        new("tape operation Gelu", "the unfused form, by which the tests of LinearGelu state what the fused kernel computes"),
        new("tape operation PatchifyFloat", "clips that are normalized already: tools/conformance, and programs with pixels of their own"),
    ];
}
