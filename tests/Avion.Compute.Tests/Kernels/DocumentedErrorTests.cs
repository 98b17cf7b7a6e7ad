namespace Avion.Compute.Tests;

/// <summary>The errors of the processor's kernels are those that <c>docs/numerics.md</c> tells.</summary>
public sealed class DocumentedErrorTests
{
    private const string Title = "| kernel | float32: result | gradients | bfloat16: result | gradients |\n|---|---|---|---|---|\n";

    // Vector widths, matrix libraries and processors round differently; the page has the figures of one machine.
    private const double OtherMachines = 2;

    private static readonly string s_page = Repository.Path("docs", "numerics.md");

    /// <summary>AVION_UPDATE_DOCS=1 writes the page instead.</summary>
    [Fact]
    public void No_kernel_errs_by_more_than_its_page_tells()
    {
        SortedDictionary<string, double?[]> measured = Measure();
        string page = File.ReadAllText(s_page);
        int begin = page.IndexOf(Title, StringComparison.Ordinal) + Title.Length, end = page.IndexOf("\n\n", begin - 1, StringComparison.Ordinal) + 1;
        if (Environment.GetEnvironmentVariable("AVION_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(s_page, page[..begin] + string.Concat(measured.Select(Row)) + page[end..]);
            return;
        }

        Dictionary<string, double?[]> told = page[begin..end].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split('|', StringSplitOptions.TrimEntries)[1..^1])
            .ToDictionary(cells => cells[0], cells => (double?[])[.. cells[1..].Select(cell =>
                cell.Length == 0 ? (double?)null : double.Parse(cell, CultureInfo.InvariantCulture))]);
        Assert.Equal(measured.Keys, told.Keys.Order(StringComparer.Ordinal));
        foreach ((string kernel, double?[] errors) in measured)
        {
            for (int i = 0; i < errors.Length; i++)
            {
                Assert.True(errors[i] is null == told[kernel][i] is null, $"{kernel}: columns of docs/numerics.md are not those of the kernel.");
                Assert.True(errors[i] is not { } error || error <= OtherMachines * told[kernel][i],
                    $"{kernel}: an error of {errors[i]:e1} where docs/numerics.md tells {told[kernel][i]:e1}.");
            }
        }
    }

    /// <summary>The largest error over all sizes and variants of each kernel, by the columns of the table; null where there is none.</summary>
    private static SortedDictionary<string, double?[]> Measure()
    {
        SortedDictionary<string, double?[]> errors = new(StringComparer.Ordinal);
        foreach (OpCase opCase in OpCaseList.All)
        {
            string kernel = opCase.Name.Split('/')[0];
            errors.TryAdd(kernel, new double?[4]);
            foreach (ElementType type in opCase.Types)
            {
                using CpuDevice device = new(2, activationType: type);
                int column = type == ElementType.Float32 ? 0 : 2;
                foreach (OpSize size in opCase.Sizes)
                {
                    Raise(ref errors[kernel][column], AccuracyChecks.Forward(opCase, size, device, opCase.ToleranceIn(type)));
                    if (opCase.IsDifferentiable)
                    {
                        Raise(ref errors[kernel][column + 1], AccuracyChecks.Backward(opCase, size, device, opCase.ToleranceIn(type)));
                    }
                }
            }
        }

        return errors;
    }

    private static void Raise(ref double? largest, OpCheckResult result)
    {
        Assert.Null(result.Failure);
        largest = Math.Max(largest ?? 0, result.MaximumError);
    }

    private static string Row(KeyValuePair<string, double?[]> errors) => $"| {errors.Key} | {string.Join(" | ", errors.Value.Select(Cell))} |\n";

    /// <summary>An error with one digit, rounded up.</summary>
    private static string Cell(double? error)
    {
        if (error is null or 0)
        {
            return error is null ? "" : "0";
        }

        double unit = Math.Pow(10, Math.Floor(Math.Log10(error.Value)));
        return (Math.Ceiling(error.Value / unit) * unit).ToString("0e0", CultureInfo.InvariantCulture);
    }
}
