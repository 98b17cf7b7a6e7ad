namespace Avion.CudaTraining.Tests;

/// <summary>Whole models on a GPU against the numbers of the reference system: outputs, losses and all gradients.</summary>
public sealed class FixtureTests
{
    [Theory]
    [InlineData("clip-small.json", 60)]
    [InlineData("videomae-pretrain-small.json", 48)]
    [InlineData("videomae-classifier-small.json", 33)]
    [InlineData("losses.json", 46)]
    [InlineData("margin_losses.json", 9)]
    public void In_float32_they_are_met_as_closely_as_on_the_processor(string name, int leastFigures) =>
        AssertMet(name, leastFigures, ElementType.Float32);

    [Theory]
    [InlineData("clip-small.json", 5)]
    [InlineData("videomae-pretrain-small.json", 45)]
    [InlineData("videomae-classifier-small.json", 30)]
    public void In_bfloat16_they_are_met_within_its_rounding(string name, int leastFigures) =>
        AssertMet(name, leastFigures, ElementType.BFloat16);

    [Theory]
    [InlineData("clip-small.json", 5)]
    [InlineData("videomae-pretrain-small.json", 45)]
    [InlineData("videomae-classifier-small.json", 30)]
    public void In_bfloat16_the_processor_meets_them_within_the_same(string name, int leastFigures)
    {
        using CpuDevice device = new(2, activationType: ElementType.BFloat16);
        AssertMet(name, leastFigures, device);
    }

    private static void AssertMet(string name, int leastFigures, ElementType type)
    {
        using SimulatedTraining gpu = new();
        using CudaDevice device = gpu.Open(type);
        AssertMet(name, leastFigures, device);
    }

    private static void AssertMet(string name, int leastFigures, Device device)
    {
        ConformanceFile file = ConformanceSuite.RunFile(Repository.Asset("fixtures", name), new ConformanceContext(device));
        Assert.Null(file.Fault);
        Assert.True(file.Figures.Count(figure => !figure.IsSkipped) >= leastFigures, $"{file.Figures.Count} figures, {file.SkippedCount} skipped");
        Assert.Empty(file.Figures.Where(figure => !figure.Passed && !figure.IsSkipped).Select(figure => $"{figure.Name}: {figure.Error} {figure.Note}"));
    }
}
