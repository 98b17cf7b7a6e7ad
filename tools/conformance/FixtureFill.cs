namespace Avion.ConformanceTool;

/// <summary>The formulas that fill parameters and inputs on both sides, so that fixtures need no weights.</summary>
internal static class FixtureFill
{
    private const double LogitScale = 2.6592600369327783; // ln(1 / 0.07)

    /// <summary>
    /// Parameter p in the ordinal order of names, element j row-major: s = sin(0.9 p + 0.37 j + phase); 1 + 0.1 s for the weights of
    /// norms, 0.02 s for biases, ln(1 / 0.07) for the logit scale, else 0.05 s.
    /// </summary>
    public static void Parameters(Model model, double phase, ConformanceContext context)
    {
        Parameter[] ordered = [.. model.Parameters.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal)];
        for (int p = 0; p < ordered.Length; p++)
        {
            (double offset, double factor) = Coefficients(ordered[p].Name);
            double[] values = new double[ordered[p].Shape.Count];
            for (int j = 0; j < values.Length; j++)
            {
                values[j] = offset + (factor * Math.Sin((0.9 * p) + (0.37 * j) + phase));
            }

            model.Device.UploadExactly(context.Inputs(values), ordered[p].Master);
        }

        model.Parameters.RefreshValues();
    }

    /// <summary>Element j: sin(0.05 j) + 0.3 cos(0.0131 j), over clips of [B, 3, T, H, W], handed over as [B, T, 3, H, W].</summary>
    public static double[] Video(int clips, int frames, int height, int width, double offset = 0, double factor = 1)
    {
        double[] pixels = new double[checked(clips * frames * 3 * height * width)];
        int area = height * width;
        for (int j = 0; j < pixels.Length; j++)
        {
            int position = j % area, t = j / area % frames, c = j / (area * frames) % 3, b = j / (area * frames * 3);
            double value = Math.Sin(0.05 * j) + (0.3 * Math.Cos(0.0131 * j));
            pixels[(((((b * frames) + t) * 3) + c) * area) + position] = (value + offset) * factor;
        }

        return pixels;
    }

    private static (double Offset, double Factor) Coefficients(string name)
    {
        if (name == "logit_scale")
        {
            return (LogitScale, 0);
        }

        if (name.EndsWith("bias", StringComparison.Ordinal))
        {
            return (0, 0.02);
        }

        string[] parts = name.Split('.');
        string layer = parts.Length > 1 ? parts[^2] : "";
        bool isNorm = layer == "fc_norm" || layer.StartsWith("ln_", StringComparison.Ordinal)
            || layer.StartsWith("norm", StringComparison.Ordinal);
        return isNorm && parts[^1] == "weight" ? (1, 0.1) : (0, 0.05);
    }
}
