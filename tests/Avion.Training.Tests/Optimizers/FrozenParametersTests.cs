namespace Avion.Training.Tests;

/// <summary>What freezing saves: no gradient, no optimizer states, no entries in their file.</summary>
public sealed class FrozenParametersTests
{
    [Fact]
    public void Frozen_parameters_have_no_states_and_no_entries_and_are_not_changed()
    {
        using CpuDevice device = new(1);
        using ParameterStore store = new();
        Parameter first = store.Add("a.weight", new Shape(8, 16)), frozen = store.Add("b.weight", new Shape(64, 16));
        Parameter last = store.Add("c.weight", new Shape(4, 16));
        frozen.IsFrozen = true;
        store.Allocate(device);
        device.Fill(store.Values, 1);
        device.Fill(store.Gradients, 2);
        using Optimizer optimizer = Optimizer.Create(new OptimizerRecipe(), store, device);
        long trained = first.Shape.Count + last.Shape.Count;
        Assert.Equal(2 * trained * sizeof(float), optimizer.States.Values.Sum(state => state.Values.ByteCount));
        Assert.Equal(trained * sizeof(float), store.Gradients.ByteCount);
        optimizer.Step(0.1, 1);
        Assert.All(Read(device, frozen), value => Assert.Equal(1, value));
        Assert.All(Read(device, first).Concat(Read(device, last)), value => Assert.True(value < 1));

        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        OptimizerFile.Save(path, optimizer, device);
        using (SafetensorsFile file = new(path))
        {
            Assert.Equal(["first_moment.a.weight", "first_moment.c.weight", "second_moment.a.weight", "second_moment.c.weight"],
                file.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        }

        using Optimizer other = Optimizer.Create(new OptimizerRecipe(), store, device);
        OptimizerFile.Load(path, other, device);
        File.Delete(path);
        Assert.Equal(1, other.StepCount);
    }

    [Fact]
    public void A_plan_counts_less_for_a_frozen_logit_scale()
    {
        Recipe plain = RecipeReader.Override(new Recipe(), ["train.batch_size=2"]);
        Recipe freezes = RecipeReader.Override(plain, ["train.freeze_logit_scale=true"]);
        using MemoryPlanner all = new(plain, threads: 1), less = new(freezes, threads: 1);
        MemoryPlan of = all.With(0), without = less.With(0);
        long slice = FlatLayout.Alignment * sizeof(float);
        Assert.Equal(of.ParameterBytes, without.ParameterBytes);
        Assert.Equal(of.GradientBytes - slice, without.GradientBytes);
        Assert.Equal(of.OptimizerBytes - (2 * slice), without.OptimizerBytes);
    }

    private static float[] Read(Device device, Parameter parameter)
    {
        float[] values = new float[parameter.Shape.Count];
        device.Download(parameter.Value, values);
        return values;
    }
}
