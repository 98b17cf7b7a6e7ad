namespace Avion.OpCases;

/// <summary>A device's results against the double-precision reference.</summary>
public static class AccuracyChecks
{
    // The operation is called twice on the same inputs, so that its backward both writes and adds.
    internal const int Calls = 2;

    internal static OpCheckResult Forward(OpCase opCase, OpSize size, ElementType type) => OnProcessor(Forward, opCase, size, type);

    internal static OpCheckResult Backward(OpCase opCase, OpSize size, ElementType type) => OnProcessor(Backward, opCase, size, type);

    /// <summary>Compares outputs.</summary>
    public static OpCheckResult Forward(OpCase opCase, OpSize size, Device device, OpTolerance tolerance) =>
        Compare(opCase, size, device, tolerance, session =>
        {
            session.Forward();
            return session.Outputs.Select((values, i) => ($"output {i}", values));
        });

    /// <summary>Compares the gradients of all inputs and parameters.</summary>
    public static OpCheckResult Backward(OpCase opCase, OpSize size, Device device, OpTolerance tolerance) =>
        Compare(opCase, size, device, tolerance, session =>
        {
            session.ForwardBackward(Calls);
            return session.Store.Parameters.Select(parameter => ($"gradient of {parameter}", session.Gradient(parameter)));
        });

    private static OpCheckResult OnProcessor(
        Func<OpCase, OpSize, Device, OpTolerance, OpCheckResult> check, OpCase opCase, OpSize size, ElementType type)
    {
        using CpuDevice cpu = new(2, activationType: type);
        return check(opCase, size, cpu, opCase.ToleranceIn(type));
    }

    private static OpCheckResult Compare(OpCase opCase, OpSize size, Device device, OpTolerance tolerance,
        Func<OpSession, IEnumerable<(string Name, double[] Values)>> results)
    {
        using ReferenceDevice reference = new();
        bool roundsInputs = device.ActivationType == ElementType.BFloat16;
        using OpSession expected = new(opCase, size, reference, roundsInputs: roundsInputs);
        using OpSession actual = new(opCase, size, device, roundsInputs: roundsInputs);
        return Compare(results(actual).Zip(results(expected), (own, right) => (right.Name, own.Values, right.Values)), tolerance);
    }

    private static OpCheckResult Compare(
        IEnumerable<(string Name, double[] Actual, double[] Expected)> pairs, OpTolerance tolerance)
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
