using System;
using System.Linq;
using System.Text.Json;
using Avion.Compute;

namespace Avion.Training.Conformance;

/// <summary>Three steps of an optimizer over two tensors, the second without weight decay.</summary>
/// <remarks>
/// Values sin(0.7 j + 0.2), j &lt; 6, and cos(0.9 j), j &lt; 4; gradients of step t: cos(1.3 j + t) and 0.01 sin(1.7 j - t).
/// </remarks>
internal static class OptimizerSteps
{
    private const int FirstCount = 6, SecondCount = 4, StepCount = 3;

    public static void Compare(string name, JsonElement value, Device device, FigureList figures)
    {
        using Tape tape = new(device);
        Shape shape = new(FirstCount + SecondCount);
        Tensor values = tape.Allocate(shape), gradients = tape.Allocate(shape), first = tape.Allocate(shape), second = tape.Allocate(shape);
        device.Clear(first);
        device.Clear(second);
        device.UploadExactly(Fill(j => Math.Sin((0.7 * j) + 0.2), j => Math.Cos(0.9 * j)), values);
        for (int t = 0; t < StepCount; t++)
        {
            int time = t;
            device.UploadExactly(Fill(j => Math.Cos((1.3 * j) + time), j => 0.01 * Math.Sin((1.7 * j) - time)), gradients);
            Step(name, device, values, gradients, first, second, t + 1);
            figures.Numbers($"{name}, step {t + 1}", device.DownloadExactly(values),
                [.. value[t].EnumerateArray().SelectMany(tensor => tensor.Doubles())]);
        }
    }

    private static void Step(string name, Device device, Tensor values, Tensor gradients, Tensor first, Tensor second, int step)
    {
        switch (name.Split(' ')[0])
        {
            case "adamw": AdamW.Step(device, values, gradients, first, second, Ranges(1e-2f, 0.01f), new AdamWSettings(0.9, 0.999, 1e-8, step)); break;
            case "lion": Lion.Step(device, values, gradients, first, Ranges(1e-3f, 0.05f), new LionSettings(0.9, 0.95)); break;
            default: Sgd.Step(device, values, gradients, first, Ranges(1e-2f, 4e-5f), new SgdSettings(0.9)); break;
        }
    }

    private static UpdateRange[] Ranges(float rate, float decay) => [new(0, FirstCount, rate, decay), new(FirstCount, SecondCount, rate, 0)];

    private static double[] Fill(Func<int, double> first, Func<int, double> second) =>
        [.. Enumerable.Range(0, FirstCount).Select(j => first(j)), .. Enumerable.Range(0, SecondCount).Select(j => second(j))];
}
