namespace Avion.OpCases;

/// <summary>What a check found; <see cref="Failure"/> is null when all is well.</summary>
/// <param name="Failure">What differs, where, got and expected.</param>
/// <param name="Detail">The error that was measured.</param>
/// <param name="MaximumError">Its number, where errors are measured.</param>
public readonly record struct OpCheckResult(string? Failure, string Detail, double MaximumError = 0)
{
    /// <summary>All is well.</summary>
    public static OpCheckResult Pass(string detail) => new(null, detail);
}

/// <summary>One property that every case must have, checked at one size.</summary>
/// <param name="Name">For tables, such as "backward".</param>
/// <param name="DependsOnInstructions">Whether its outcome may depend on the vector width, so that it is run for each.</param>
/// <param name="AppliesTo">Whether the case has what the check looks at.</param>
/// <param name="Run">The check.</param>
public sealed record OpCheck(string Name, bool DependsOnInstructions, Func<OpCase, bool> AppliesTo, Func<OpCase, OpSize, OpCheckResult> Run)
{
    /// <summary>All checks.</summary>
    public static IReadOnlyList<OpCheck> All { get; } =
    [
        new("forward", true, _ => true, AccuracyChecks.Forward),
        new("backward", true, opCase => opCase.IsDifferentiable, AccuracyChecks.Backward),
        new("gradient", false, opCase => opCase.IsDifferentiable, GradientCheck.Run),
        new("threads", true, _ => true, RepeatabilityChecks.ThreadCounts),
        new("frozen", false, opCase => opCase.IsDifferentiable, FrozenCheck.Run),
        new("memory", true, _ => true, MemoryChecks.Guards),
        new("plan", false, _ => true, MemoryChecks.Plan),
        new("allocation", false, _ => true, MemoryChecks.WarmRunAllocatesNothing),
    ];
}
