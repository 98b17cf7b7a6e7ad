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

/// <summary>A property of a case at one size, in one of its types.</summary>
public delegate OpCheckResult OpProperty(OpCase opCase, OpSize size, ElementType type);

/// <summary>One property that every case must have, checked at one size in all types of the case.</summary>
/// <param name="Name">For tables, such as "backward".</param>
/// <param name="DependsOnInstructions">Whether its outcome may depend on the vector width, so that it is run for each.</param>
/// <param name="AppliesTo">Whether the case has what the check looks at.</param>
/// <param name="Property">The check in one type.</param>
public sealed record OpCheck(string Name, bool DependsOnInstructions, Func<OpCase, bool> AppliesTo, OpProperty Property)
{
    /// <summary>All checks.</summary>
    public static IReadOnlyList<OpCheck> All { get; } =
    [
        new("forward", true, _ => true, AccuracyChecks.Forward),
        new("backward", true, opCase => opCase.IsDifferentiable, AccuracyChecks.Backward),
        new("gradient", false, opCase => opCase.IsDifferentiable, (opCase, size, _) => GradientCheck.Run(opCase, size))
        {
            IsOfReference = true,
        },
        new("threads", true, _ => true, RepeatabilityChecks.ThreadCounts),
        new("frozen", false, opCase => opCase.IsDifferentiable, FrozenCheck.Run),
        new("memory", true, _ => true, MemoryChecks.Guards),
        new("plan", false, _ => true, MemoryChecks.Plan),
        new("allocation", false, _ => true, MemoryChecks.WarmRunAllocatesNothing),
    ];

    // What is a property of the double-precision reference has no type.
    private bool IsOfReference { get; init; }

    /// <summary>Runs the check in every type, up to the first that fails.</summary>
    public OpCheckResult Run(OpCase opCase, OpSize size)
    {
        OpCheckResult first = default;
        foreach (ElementType type in IsOfReference ? [ElementType.Float64] : opCase.Types)
        {
            OpCheckResult result = Property(opCase, size, type);
            if (result.Failure is not null)
            {
                return result with { Failure = $"{type}: {result.Failure}" };
            }

            // Errors of float32, the first, are what a table tells; bfloat16's tell its own rounding alone.
            first = first.Detail is null ? result : first;
        }

        return first;
    }
}
