namespace Avion.OpCases;

/// <summary>The reference's backward against central finite differences of its forward, in double precision.</summary>
internal static class GradientCheck
{
    // Truncation is about step² and rounding about 1e-16 / step, so a right gradient of a smooth function agrees far better.
    private const double Allowed = 1e-6;

    public static OpCheckResult Run(OpCase opCase, OpSize size)
    {
        using ReferenceDevice device = new();
        using OpSession session = new(opCase, size, device);
        session.ForwardBackward(AccuracyChecks.Calls);
        double worst = 0;
        foreach (Parameter parameter in session.Store.Parameters)
        {
            double[] gradient = session.Gradient(parameter);
            double scale = 1;
            foreach (double value in gradient)
            {
                scale = Math.Max(scale, Math.Abs(value));
            }

            CounterRandom random = CounterRandom.For(3, parameter.Name);
            int sites = (int)Math.Min(opCase.GradientSites, parameter.Shape.Count);
            for (int i = 0; i < sites; i++)
            {
                int site = parameter.Shape.Count <= opCase.GradientSites ? i : random.Next((int)parameter.Shape.Count);
                double slope = Slope(session, parameter, site, opCase.GradientStep);
                double error = Math.Abs(gradient[site] - slope) / scale;
                worst = Math.Max(worst, error);
                if (!(error <= Allowed))
                {
                    return new OpCheckResult($"gradient of {parameter} at element {site}: backward gives {gradient[site]:g12}, " +
                        $"central differences give {slope:g12}", "");
                }
            }
        }

        return OpCheckResult.Pass($"max error {worst:e1}");
    }

    private static double Slope(OpSession session, Parameter parameter, int site, double step)
    {
        double centre = session.ValueAt(parameter, site);
        step *= Math.Max(1, Math.Abs(centre));
        session.ValueAt(parameter, site) = centre + step;
        double above = session.Forward(AccuracyChecks.Calls);
        session.ValueAt(parameter, site) = centre - step;
        double below = session.Forward(AccuracyChecks.Calls);
        session.ValueAt(parameter, site) = centre;
        return (above - below) / (2 * step);
    }
}
