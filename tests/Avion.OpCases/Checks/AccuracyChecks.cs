namespace Avion.OpCases;

/// <summary>The CPU's float32 results against the double-precision reference.</summary>
internal static class AccuracyChecks
{
    // The operation is called twice on the same inputs, so that its backward both writes and adds.
    internal const int Calls = 2;

    public static OpCheckResult Forward(OpCase opCase, OpSize size)
    {
        using ReferenceDevice reference = new();
        using CpuDevice cpu = new(2);
        using OpSession expected = new(opCase, size, reference);
        using OpSession actual = new(opCase, size, cpu);
        expected.Forward();
        actual.Forward();
        List<(string, double[], double[])> pairs = [];
        for (int i = 0; i < expected.Outputs.Length; i++)
        {
            pairs.Add(($"output {i}", actual.Outputs[i], expected.Outputs[i]));
        }

        return Compare(pairs, opCase.Tolerance);
    }

    public static OpCheckResult Backward(OpCase opCase, OpSize size)
    {
        using ReferenceDevice reference = new();
        using CpuDevice cpu = new(2);
        using OpSession expected = new(opCase, size, reference);
        using OpSession actual = new(opCase, size, cpu);
        expected.ForwardBackward(Calls);
        actual.ForwardBackward(Calls);
        List<(string, double[], double[])> pairs = [];
        for (int i = 0; i < expected.Store.Parameters.Count; i++)
        {
            Parameter parameter = expected.Store.Parameters[i];
            pairs.Add(($"gradient of {parameter}", actual.Gradient(actual.Store.Parameters[i]), expected.Gradient(parameter)));
        }

        return Compare(pairs, opCase.Tolerance);
    }

    private static OpCheckResult Compare(List<(string Name, double[] Actual, double[] Expected)> pairs, OpTolerance tolerance)
    {
        double worst = 0;
        foreach ((string name, double[] actual, double[] expected) in pairs)
        {
            Difference difference = Difference.Between(actual, expected);
            worst = Math.Max(worst, difference.MaximumError);
            if (!difference.IsWithin(tolerance))
            {
                int at = difference.WorstIndex;
                return new OpCheckResult($"{name}: normalized mean square error {difference.NormalizedMeanSquareError:e1} (allowed " +
                    $"{tolerance.NormalizedMeanSquareError:e1}), maximum error {difference.MaximumError:e1} (allowed " +
                    $"{tolerance.MaximumError:e1}); at element {at} got {actual[at]:g9}, expected {expected[at]:g9}", "");
            }
        }

        return OpCheckResult.Pass($"max error {worst:e1}");
    }
}
