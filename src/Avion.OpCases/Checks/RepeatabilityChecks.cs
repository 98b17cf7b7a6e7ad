namespace Avion.OpCases;

/// <summary>Results are the same to the last bit for any number of threads.</summary>
internal static class RepeatabilityChecks
{
    public static OpCheckResult ThreadCounts(OpCase opCase, OpSize size, ElementType type)
    {
        double[][]? expected = null;
        foreach (int threads in (ReadOnlySpan<int>)[1, 2, 3])
        {
            using CpuDevice device = new(threads, activationType: type);
            using OpSession session = new(opCase, size, device);
            session.Forward();
            if (opCase.IsDifferentiable)
            {
                session.ForwardBackward(AccuracyChecks.Calls);
            }

            double[][] results = [.. session.Outputs, session.Gradients()];
            expected ??= results;
            for (int i = 0; i < results.Length; i++)
            {
                // Compared by bits: a difference in the sign of zero counts.
                int differing = Enumerable.Range(0, results[i].Length).FirstOrDefault(j =>
                    BitConverter.DoubleToInt64Bits(results[i][j]) != BitConverter.DoubleToInt64Bits(expected[i][j]), -1);
                if (differing >= 0)
                {
                    string name = i < session.Outputs.Length ? $"output {i}" : "gradients";
                    return new OpCheckResult($"{name} at element {differing}: {threads} threads give {results[i][differing]:g9}, " +
                        $"1 thread gives {expected[i][differing]:g9}", "");
                }
            }
        }

        return OpCheckResult.Pass("1, 2, 3 threads agree");
    }
}
