namespace Avion.ConformanceTool;

/// <summary>Steps of an optimizer over two tensors, the second without weight decay.</summary>
/// <remarks>
/// Values sin(0.7 j + 0.2) and cos(0.9 j); gradients of step t: cos(1.3 j + t) and 0.01 sin(1.7 j - t).
/// </remarks>
internal static class OptimizerSteps
{
    public static void Compare(string name, double[] settings, JsonElement value, Device device, FigureList figures)
    {
        using Tape tape = new(device);
        int firstCount = value[0][0].GetArrayLength(), secondCount = value[0][1].GetArrayLength();
        Shape shape = new(firstCount + secondCount);
        Tensor values = tape.AllocateStatistics(shape), gradients = tape.AllocateStatistics(shape), first = tape.AllocateStatistics(shape),
            second = tape.AllocateStatistics(shape);
        device.Clear(first);
        device.Clear(second);
        device.UploadExactly(Fill(firstCount, secondCount, j => Math.Sin((0.7 * j) + 0.2), j => Math.Cos(0.9 * j)), values);
        using StepBlock block = new(device);
        for (int t = 0; t < value.GetArrayLength(); t++)
        {
            int time = t;
            double[] fill = Fill(firstCount, secondCount, j => Math.Cos((1.3 * j) + time), j => 0.01 * Math.Sin((1.7 * j) - time));
            device.UploadExactly(fill, gradients);
            float rate = (float)settings[0], decay = (float)settings[^1];
            using UpdateTable ranges = new(device, new UpdateRange(0, firstCount, rate, decay), new UpdateRange(firstCount, secondCount, rate, 0));
            block.Write(new StepScalars { LearningRate = 1, GradientScale = 1, IsFinite = 1, UpdateCount = t + 1 });
            Step(name, settings, device, values, gradients, first, second, ranges, block.Memory);
            figures.Numbers($"{name}, step {t + 1}", device.DownloadExactly(values),
                [.. value[t].EnumerateArray().SelectMany(tensor => tensor.Doubles())]);
        }
    }

    // The rate comes first and the decay last; between them the betas and epsilon, or the momentum.
    private static void Step(string name, double[] settings, Device device, Tensor values, Tensor gradients, Tensor first, Tensor second,
        UpdateTable ranges, Tensor step)
    {
        switch (name.Split(' ')[0])
        {
            case "adamw":
                AdamW.Step(device, values, gradients, first, second, ranges,
                    new AdamWSettings(settings[1], settings[2], settings[3]), step);
                break;
            case "lion": Lion.Step(device, values, gradients, first, ranges, new LionSettings(settings[1], settings[2]), step); break;
            default: Sgd.Step(device, values, gradients, first, ranges, new SgdSettings(settings[1]), step); break;
        }
    }

    private static double[] Fill(int firstCount, int secondCount, Func<int, double> first, Func<int, double> second) =>
        [.. Enumerable.Range(0, firstCount).Select(j => first(j)), .. Enumerable.Range(0, secondCount).Select(j => second(j))];
}
