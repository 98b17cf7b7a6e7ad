namespace Avion.OpCases;

/// <summary>A device's results against the double-precision reference.</summary>
public static class AccuracyChecks
{
    // The operation is called twice on the same inputs, so that its backward both writes and adds.
    internal const int Calls = 2;

    internal static OpCheckResult Forward(OpCase opCase, OpSize size)
    {
        using CpuDevice cpu = new(2);
        return Forward(opCase, size, cpu, opCase.Tolerance);
    }

    /// <summary>Compares outputs.</summary>
    public static OpCheckResult Forward(OpCase opCase, OpSize size, Device device, OpTolerance tolerance)
    {
        using ReferenceDevice reference = new();
        bool roundsInputs = device.ActivationType == ElementType.BFloat16;
        using OpSession expected = new(opCase, size, reference, roundsInputs: roundsInputs);
        using OpSession actual = new(opCase, size, device, roundsInputs: roundsInputs);
        expected.Forward();
        actual.Forward();
        List<(string, double[], double[])> pairs = [];
        for (int i = 0; i < expected.Outputs.Length; i++)
        {
            pairs.Add(($"output {i}", actual.Outputs[i], expected.Outputs[i]));
        }

        return Compare(pairs, tolerance);
    }

    internal static OpCheckResult Backward(OpCase opCase, OpSize size)
    {
        using CpuDevice cpu = new(2);
        return Backward(opCase, size, cpu, opCase.Tolerance);
    }

    /// <summary>Compares the gradients of all inputs and parameters.</summary>
    public static OpCheckResult Backward(OpCase opCase, OpSize size, Device device, OpTolerance tolerance)
    {
        using ReferenceDevice reference = new();
        bool roundsInputs = device.ActivationType == ElementType.BFloat16;
        using OpSession expected = new(opCase, size, reference, roundsInputs: roundsInputs);
        using OpSession actual = new(opCase, size, device, roundsInputs: roundsInputs);
        expected.ForwardBackward(Calls);
        actual.ForwardBackward(Calls);
        List<(string, double[], double[])> pairs = [];
        for (int i = 0; i < expected.Store.Parameters.Count; i++)
        {
            Parameter parameter = expected.Store.Parameters[i];
            pairs.Add(($"gradient of {parameter}", actual.Gradient(actual.Store.Parameters[i]), expected.Gradient(parameter)));
        }

        return Compare(pairs, tolerance);
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

        return OpCheckResult.Pass($"max error {worst:e1}") with { MaximumError = worst };
    }
}
