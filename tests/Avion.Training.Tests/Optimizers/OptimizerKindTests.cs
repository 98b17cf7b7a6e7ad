namespace Avion.Training.Tests;

/// <summary>Lion and SGD as a recipe selects them, against numbers of the reference; Adam has tests of its own.</summary>
public sealed class OptimizerKindTests
{
    [Theory]
    [InlineData("lion", "lion lr1e-3 b(.9,.95) wd.05", 1e-3, 0.05)]
    [InlineData("sgd", "sgd lr1e-2 mom.9 wd4e-5", 1e-2, 4e-5)]
    public void Three_steps_match_the_reference(string kind, string fixture, double rate, double decay)
    {
        using Device device = new CpuDevice(1);
        using ParameterStore store = new();
        Parameter matrix = store.Add("layer.weight", new Shape(2, 3)), vector = store.Add("layer.bias", new Shape(4));
        store.Allocate(device);
        device.Upload([.. Enumerable.Range(0, 6).Select(j => (float)Math.Sin((0.7 * j) + 0.2))], matrix.Value);
        device.Upload([.. Enumerable.Range(0, 4).Select(j => (float)Math.Cos(0.9 * j))], vector.Value);
        Recipe recipe = RecipeReader.Override(
            new Recipe(), [$"optimizer.kind={kind}", "optimizer.beta1=0.9", "optimizer.beta2=0.95", "optimizer.momentum=0.9",
                FormattableString.Invariant($"optimizer.weight_decay={decay}")]);
        using Optimizer optimizer = Optimizer.Create(recipe.Optimizer, store, device);
        for (int step = 0; step < 3; step++)
        {
            device.Upload([.. Enumerable.Range(0, 6).Select(j => (float)Math.Cos((1.3 * j) + step))], matrix.Gradient);
            device.Upload([.. Enumerable.Range(0, 4).Select(j => (float)(0.01 * Math.Sin((1.7 * j) - step)))], vector.Gradient);
            optimizer.Step(rate, 1);
            double[][] expected =
                [.. Fixture.Load("misc.json").GetProperty(fixture)[step].EnumerateArray().Select(tensor => tensor.Doubles())];
            AssertClose(expected[0], Read(device, matrix));
            AssertClose(expected[1], Read(device, vector));
        }
    }

    [Theory]
    [InlineData("adamw", 2)]
    [InlineData("lion", 1)]
    [InlineData("sgd", 1)]
    public void States_are_as_many_as_the_rule_needs(string kind, int states)
    {
        using Device device = new CpuDevice(1);
        using ParameterStore store = new();
        store.Add("layer.weight", new Shape(2, 3));
        store.Allocate(device);
        using Optimizer optimizer = Optimizer.Create(new OptimizerRecipe { Kind = kind }, store, device);
        Assert.Equal(states, optimizer.States.Count);
    }

    private static float[] Read(Device device, Parameter parameter)
    {
        float[] values = new float[parameter.Shape.Count];
        device.Download(parameter.Value, values);
        return values;
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 3e-7 * Math.Max(1, Math.Abs(pair.First))));
    }
}
