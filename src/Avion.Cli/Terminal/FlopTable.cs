namespace Avion.Cli;

/// <summary>Lines of a table that tell a step's operations with and without the work that nobody needs.</summary>
internal static class FlopTable
{
    public static void AddTo(ResultTable table, StepFlops flops)
    {
        table.Add("naive forward and backward", Gigaflop(flops.Naive, flops.Naive));
        foreach (FlopSaving saving in flops.Savings)
        {
            table.Add($"  {saving.Name}", Gigaflop(-saving.Flops, flops.Naive));
        }

        table.Add("needed forward and backward", Gigaflop(flops.Needed, flops.Naive));
    }

    private static string Gigaflop(long number, long naive) => string.Create(
        CultureInfo.InvariantCulture, $"{number / 1e9:0.000} GFLOP ({100.0 * number / naive:0.0} %)");
}
