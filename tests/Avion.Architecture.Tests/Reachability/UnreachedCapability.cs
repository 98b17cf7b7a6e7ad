namespace Avion.Architecture.Tests;

/// <summary>A capability that no recipe or command reaches, for a reason.</summary>
/// <param name="Name">As <see cref="Capability.Name"/> has it.</param>
/// <param name="Reason">Why it is there all the same, or which issue gives it a way in.</param>
internal sealed record UnreachedCapability(string Name, string Reason)
{
    public static IReadOnlyList<UnreachedCapability> All { get; } = [];
}
