namespace Avion.Training.Tests;

public sealed class AdamWOptimizerTests
{
    /// <summary>Steps, for which the fixture has values: a matrix sin(0.7j + 0.2) that decays and a
    /// vector cos(0.9j) that does not.</summary>
    private const int Steps = 3;

    [Fact]
    public void Three_steps_match_the_reference_in_single_precision()
    {
        using Device device = new CpuDevice(1);
        AssertMatchesFixture(device, relativeTolerance: 3e-7);
    }

    [Fact]
    public void Three_steps_match_the_reference_in_double_precision()
    {
        using Device device = new ReferenceDevice();

        // Values pass through float32 on their way in, gradients at every step.
        AssertMatchesFixture(device, relativeTolerance: 3e-7);
    }

    [Fact]
    public void A_scaled_gradient_is_a_smaller_gradient()
    {
        using Device device = new CpuDevice(1);
        float[] scaled = OneStep(device, gradient: 3, scale: 0.5), plain = OneStep(device, gradient: 1.5f, scale: 1);
        Assert.Equal(plain, scaled);
    }

    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 8, 0.25)]
    public void Clipping_scales_down_only_what_is_too_long(double bound, double norm, double scale)
    {
        using Device device = new CpuDevice(1);
        using StepBlock block = new(device);
        block.Write(new StepScalars { NormBound = bound, SumOfSquares = norm * norm });
        GradientScale.Set(device, default, block.Memory);
        Assert.Equal(scale, block.Read().GradientScale, 1e-6);
    }

    [Fact]
    public void The_norm_is_that_of_all_gradients_together()
    {
        using Device device = new CpuDevice(2);
        using ParameterStore store = new();
        store.Add("a", new Shape(1001));
        store.Add("b", new Shape(77, 13));
        store.Allocate(device);
        double sum = 0;
        foreach (Parameter parameter in store.Parameters)
        {
            float[] values = [.. Enumerable.Range(0, (int)parameter.Shape.Count).Select(i => (float)Math.Sin(i + parameter.Offset))];
            device.Upload(values, parameter.Gradient);
            sum += values.Sum(value => (double)value * value);
        }

        using StepBlock block = new(device);
        GlobalNorm.SumOfSquares(device, store.Gradients, block.SumOfSquares);
        GradientScale.Set(device, default, block.Memory);
        Assert.Equal(Math.Sqrt(sum), block.Read().GradientNorm, 1e-6);
    }

    private static float[] OneStep(Device device, float gradient, double scale)
    {
        using ParameterStore store = new();
        Parameter parameter = store.Add("w.weight", new Shape(2, 3));
        store.Allocate(device);
        using Optimizer optimizer = Optimizer.Create(new OptimizerRecipe(), store, device);
        float[] values = new float[6];
        for (int step = 0; step < 3; step++)
        {
            device.Upload([.. Enumerable.Range(0, 6).Select(i => gradient * (i - step))], parameter.Gradient);
            optimizer.Step(0.01, scale);
        }

        device.Download(parameter.Value, values);
        return values;
    }

    private static void AssertMatchesFixture(Device device, double relativeTolerance)
    {
        using ParameterStore store = new();
        Parameter matrix = store.Add("layer.weight", new Shape(2, 3));
        Parameter vector = store.Add("layer.bias", new Shape(4));
        store.Allocate(device);
        device.Upload([.. Enumerable.Range(0, 6).Select(j => (float)Math.Sin((0.7 * j) + 0.2))], matrix.Value);
        device.Upload([.. Enumerable.Range(0, 4).Select(j => (float)Math.Cos(0.9 * j))], vector.Value);
        using Optimizer optimizer = Optimizer.Create(
            new OptimizerRecipe { WeightDecay = 0.01, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8 }, store, device);
        JsonElement expected = Fixture.Load("misc.json").GetProperty("adamw lr1e-2 b(.9,.999) eps1e-8 wd.01");
        for (int step = 0; step < Steps; step++)
        {
            device.Upload([.. Enumerable.Range(0, 6).Select(j => (float)Math.Cos((1.3 * j) + step))], matrix.Gradient);
            device.Upload([.. Enumerable.Range(0, 4).Select(j => (float)(0.01 * Math.Sin((1.7 * j) - step)))], vector.Gradient);
            optimizer.Step(0.01, 1);
            AssertClose(expected[step][0].Doubles(), Read(device, matrix), relativeTolerance);
            AssertClose(expected[step][1].Doubles(), Read(device, vector), relativeTolerance);
        }

        Assert.Equal(Steps, optimizer.StepCount);
    }

    private static float[] Read(Device device, Parameter parameter)
    {
        float[] values = new float[parameter.Shape.Count];
        device.Download(parameter.Value, values);
        return values;
    }

    private static void AssertClose(double[] expected, float[] actual, double relativeTolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], relativeTolerance * Math.Max(1, Math.Abs(expected[i])));
        }
    }
}
