namespace Avion.OpCases;

/// <summary>Freezing an input or parameter leaves its gradient zero and every other gradient the same.</summary>
internal static class FrozenCheck
{
    public static OpCheckResult Run(OpCase opCase, OpSize size, ElementType type)
    {
        using CpuDevice device = new(1, activationType: type);
        using OpSession all = new(opCase, size, device);
        all.ForwardBackward();
        for (int frozen = 0; frozen < all.Store.Parameters.Count; frozen++)
        {
            using OpSession session = new(opCase, size, device);
            session.Store.Parameters[frozen].IsFrozen = true;
            session.ForwardBackward();
            for (int i = 0; i < all.Store.Parameters.Count; i++)
            {
                double[] gradient = session.Gradient(session.Store.Parameters[i]);
                Parameter parameter = all.Store.Parameters[i];
                if (i == frozen && gradient.Any(value => value != 0))
                {
                    return new OpCheckResult($"{parameter} is frozen and gets a gradient", "");
                }

                // What an operation skips may regroup its sums, so this comparison has a tolerance.
                if (i != frozen && !Difference.Between(gradient, all.Gradient(parameter)).IsWithin(OpTolerance.Float32))
                {
                    return new OpCheckResult($"freezing {all.Store.Parameters[frozen]} changes the gradient of {parameter}", "");
                }
            }
        }

        return OpCheckResult.Pass($"{all.Store.Parameters.Count} frozen in turn");
    }
}
