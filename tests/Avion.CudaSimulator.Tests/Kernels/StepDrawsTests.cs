namespace Avion.CudaSimulator.Tests;

/// <summary>What a step draws at random by keys in device memory: the same on a GPU as on the processor.</summary>
public sealed class StepDrawsTests
{
    // The second of three ranks, so that its samples are taken in turn; numbers beyond 32 bits, so that no half is lost.
    private static readonly StepContext s_context = new()
    {
        Seed = 0x9E3779B97F4A7C15, Epoch = 3, StepInEpoch = 5, IsTraining = true, SamplesBefore = 7, Communicator = new PlanningRank(1, 3),
    };

    [Theory]
    [InlineData(8)]
    [InlineData(13)]
    public void Dropout_drops_the_same_elements(int columns)
    {
        const int Rows = 21;
        float[] ones = [.. Enumerable.Repeat(1f, Rows * columns)];
        (float[] onGpu, float[] onProcessor) = OnBoth(tape =>
        {
            Tensor x = tape.Allocate(new Shape(Rows, columns));
            tape.Device.Upload(ones, x);
            return tape.Dropout(x, 0.3f, DropKey.For(tape, place: 5));
        });
        Assert.InRange(onProcessor.Count(value => value == 0), 1, ones.Length - 1);
        Assert.Equal(onProcessor, onGpu);
    }

    [Theory]
    [InlineData(1, 49, 0.5)]
    [InlineData(0, 7, 0.9)]
    [InlineData(1, 3, 0.0)]
    public void Patch_dropout_keeps_the_same_patches(int classTokens, int patches, double rate)
    {
        const int Clips = 37;
        (float[] onGpu, float[] onProcessor) = OnBoth(tape =>
        {
            // Each row holds its own number.
            float[] numbers = [.. Enumerable.Range(0, Clips * (classTokens + patches)).Select(row => (float)row)];
            Tensor x = tape.Allocate(new Shape(numbers.Length, 1));
            tape.Device.Upload(numbers, x);
            return tape.GatherRows(x, tape.DrawKeptRows(Clips, classTokens, patches, rate));
        });
        Assert.Equal(onProcessor, onGpu);
    }

    private static (float[] OnGpu, float[] OnProcessor) OnBoth(Func<Tape, Tensor> draw)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice cuda = new(gpu.Driver, activationType: ElementType.Float32);
        using CpuDevice cpu = new(1);
        return (Drawn(cuda, draw), Drawn(cpu, draw));
    }

    private static float[] Drawn(Device device, Func<Tape, Tensor> draw)
    {
        using Tape tape = new(device);
        tape.Begin(s_context);
        Tensor drawn = draw(tape);
        float[] values = new float[drawn.Count];
        device.Download(drawn, values);
        return values;
    }
}
