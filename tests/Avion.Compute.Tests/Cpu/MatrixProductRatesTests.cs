namespace Avion.Compute.Tests;

public sealed class MatrixProductRatesTests
{
    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Products_of_a_linear_layer_are_counted_by_shape_and_type(ElementType type)
    {
        const int Rows = 10, Inputs = 6, Outputs = 4;
        MatrixProductShapes products = new();
        using CpuDevice device = new(2, activationType: type) { ProductShapes = products };
        Step(device, Rows, Inputs, Outputs);
        Step(device, Rows, Inputs, Outputs);
        Dictionary<MatrixProductShape, int> expected = new()
        {
            [new MatrixProductShape(false, true, Rows, Outputs, Inputs, type)] = 2,
            [new MatrixProductShape(false, false, Rows, Inputs, Outputs, type)] = 2,
            [new MatrixProductShape(true, false, Outputs, Inputs, Rows, type)] = 2,
        };
        Assert.Equal(expected.OrderBy(pair => $"{pair.Key}"), products.Counts.OrderBy(pair => $"{pair.Key}"));
        Assert.All(products.Counts.Keys, shape => Assert.Equal(2 * Rows * Inputs * Outputs, shape.Flops));
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Both_rates_are_measured_and_nothing_is_counted_meanwhile(ElementType type)
    {
        MatrixProductShapes products = new();
        using CpuDevice device = new(2, activationType: type) { ProductShapes = products };
        Step(device, 70, 48, 96);
        device.ProductShapes = null;
        MatrixProductRates rates = MatrixProductRates.Measure(device, products);
        Assert.True(rates is { LibraryGigaflopsPerSecond: > 0, SharedGigaflopsPerSecond: > 0 }, $"{rates}");
        Assert.Equal(3, products.Counts.Values.Sum());
    }

    private static void Step(CpuDevice device, int rows, int inputs, int outputs)
    {
        using OpInputs parameters = new(device, seed: 1);
        Parameter x = parameters.Parameter("x", new Shape(rows, inputs)),
            weight = parameters.Parameter("weight", new Shape(outputs, inputs));
        parameters.FillParameters();
        using Tape tape = new(device);
        Tensor y = tape.Linear(new OpRun(tape).Read(x), weight, null);
        tape.SeedGradient(y, y.Detach());
        tape.BackwardFromSeeds();
    }
}
