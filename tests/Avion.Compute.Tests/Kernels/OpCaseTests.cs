namespace Avion.Compute.Tests;

/// <summary>Every operation, in every check that applies to it, at all sizes of its case.</summary>
public sealed class OpCaseTests
{
    public static IEnumerable<TheoryDataRow<string, string>> ChecksOfInstructions() => CasesWith(dependsOnInstructions: true);

    public static IEnumerable<TheoryDataRow<string, string>> OtherChecks() => CasesWith(dependsOnInstructions: false);

    [Theory]
    [MemberData(nameof(ChecksOfInstructions))]
    public void Operation_passes_check_of_instructions(string operation, string check) => Run(operation, check);

    [Theory]
    [MemberData(nameof(OtherChecks))]
    public void Operation_passes_check(string operation, string check) => Run(operation, check);

    private static IEnumerable<TheoryDataRow<string, string>> CasesWith(bool dependsOnInstructions) =>
        from opCase in OpCaseList.All
        from check in OpCheck.All
        where check.DependsOnInstructions == dependsOnInstructions && check.AppliesTo(opCase)
        select new TheoryDataRow<string, string>(opCase.Name, check.Name);

    private static void Run(string operation, string check)
    {
        OpCase opCase = OpCaseList.Find(operation);
        OpCheck chosen = OpCheck.All.Single(candidate => candidate.Name == check);
        string[] failures =
        [
            .. from size in opCase.Sizes
               let failure = chosen.Run(opCase, size).Failure
               where failure is not null
               select $"{operation} {check} at {size} with {VectorWidth.Bits}-bit vectors: {failure}",
        ];
        Assert.True(failures.Length == 0, string.Join('\n', failures));
    }
}
