namespace Avion.Compute.Tests;

/// <summary>Three steps of each optimizer against numbers from the reference (tests/assets/fixtures/misc.json).</summary>
/// <remarks>
/// Two parameters: sin(0.7 j + 0.2) of six elements with decay and gradient cos(1.3 j + t); cos(0.9 j) of four elements without decay
/// and with gradient 0.01 sin(1.7 j - t), at step t = 0, 1, 2.
/// </remarks>
public sealed class OptimizerTests
{
    private const int FirstCount = 6, SecondCount = 4;

    [Theory]
    [InlineData("adamw lr1e-2 b(.9,.999) eps1e-8 wd.01")]
    [InlineData("lion lr1e-3 b(.9,.95) wd.05")]
    [InlineData("sgd lr1e-2 mom.9 wd4e-5")]
    public void Three_steps_match_the_reference(string fixture)
    {
        foreach (Device device in (Device[])[new ReferenceDevice(), new CpuDevice(2)])
        {
            using (device)
            {
                double[][] expected = Expected(fixture);
                double[][] actual = Run(device, fixture);
                double tolerance = device is ReferenceDevice ? 1e-8 : 2e-6;
                for (int step = 0; step < 3; step++)
                {
                    Assert.Equal(expected[step], actual[step], (a, b) => Math.Abs(a - b) <= tolerance);
                }
            }
        }
    }

    [Fact]
    public void Ranges_out_of_order_or_beyond_the_memory_are_refused()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        using StepBlock step = new(device);
        Tensor flat = tape.Allocate(new Shape(10));
        Assert.Contains("without overlap", Assert.Throws<ArgumentException>(() =>
            new UpdateTable(device, new UpdateRange(4, 4, 1, 0), new UpdateRange(6, 2, 1, 0))).Message);
        using UpdateTable beyond = new(device, new UpdateRange(4, 7, 1, 0));
        Assert.Contains("ends at 11, the flat memory has 10", Assert.Throws<ArgumentException>(() =>
            Sgd.Step(device, flat, flat, flat, beyond, new SgdSettings(0.9), step.Memory)).Message);
    }

    [Fact]
    public void Sign_of_nothing_moves_nothing_and_sign_of_the_smallest_number_moves()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor values = tape.Allocate(new Shape(20)), gradients = tape.Allocate(new Shape(20)), momentum = tape.Allocate(new Shape(20));
        device.Clear(values);
        device.Clear(momentum);
        device.Upload([.. Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 0 : -1e-42f)], gradients);
        using StepBlock step = new(device);
        step.Begin(learningRate: 0.5);
        using UpdateTable ranges = new(device, new UpdateRange(0, 20, 1, 0));
        Lion.Step(device, values, gradients, momentum, ranges, new LionSettings(0.5, 0.5), step.Memory);
        float[] moved = new float[20];
        device.Download(values, moved);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 0 : 0.5f), moved);
    }

    [Fact]
    public void Moving_average_of_what_stands_still_gets_there_and_one_that_is_there_stays()
    {
        using CpuDevice device = new(2);
        using Tape tape = new(device);
        using StepBlock block = new(device);
        Tensor values = tape.Allocate(new Shape(37)), average = tape.Allocate(new Shape(37));
        Write(values, [.. Enumerable.Range(0, 37).Select(i => 1.0 / (i + 3))]);
        device.Clear(average);
        for (int step = 0; step < 200; step++)
        {
            MovingAverage.Step(device, values, average, 0.5, block.Memory);
        }

        Assert.Equal(Read(values), Read(average), (a, b) => Math.Abs(a - b) <= 2e-7 * a);
        device.Copy(values, average);
        MovingAverage.Step(device, values, average, 0.999, block.Memory);
        Assert.Equal(Read(values), Read(average));
        device.Clear(values);
        block.Write(new StepScalars { IsFinite = 0 });
        double[] before = Read(average);
        MovingAverage.Step(device, values, average, 0.5, block.Memory);
        Assert.Equal(before, Read(average));
        Assert.Throws<ArgumentOutOfRangeException>(() => MovingAverage.Step(device, values, average, 1.5, block.Memory));
        Assert.Throws<ArgumentOutOfRangeException>(() => MovingAverage.Step(device, values, average, double.NaN, block.Memory));
    }

    [Theory]
    [InlineData("adamw lr1e-2 b(.9,.999) eps1e-8 wd.01")]
    [InlineData("lion lr1e-3 b(.9,.95) wd.05")]
    [InlineData("sgd lr1e-2 mom.9 wd4e-5")]
    public void A_factor_on_the_decay_is_another_decay(string fixture)
    {
        using ReferenceDevice reference = new();
        using CpuDevice device = new(2);
        Assert.Equal(Run(reference, fixture, decayFactor: 0.5), Run(reference, fixture, decayShare: 0.5f));
        Assert.Equal(Run(device, fixture, decayFactor: 0.5), Run(device, fixture, decayShare: 0.5f));
        Assert.NotEqual(Run(device, fixture), Run(device, fixture, decayFactor: 0.5));
    }

    [Fact]
    public void Norm_of_gradients_with_an_infinite_one_is_infinite()
    {
        using CpuDevice device = new(2);
        using Tape tape = new(device);
        Tensor gradients = tape.Allocate(new Shape(5000));
        float[] values = new float[5000];
        values[4321] = float.PositiveInfinity;
        device.Upload(values, gradients);
        using StepBlock step = new(device);
        GlobalNorm.SumOfSquares(device, gradients, step.SumOfSquares);
        Assert.Equal(double.PositiveInfinity, step.Read().SumOfSquares);
        values[17] = float.NaN;
        device.Upload(values, gradients);
        GlobalNorm.SumOfSquares(device, gradients, step.SumOfSquares);
        Assert.True(double.IsNaN(step.Read().SumOfSquares));
    }

    private static double[][] Run(Device device, string fixture, double decayFactor = 1, float decayShare = 1)
    {
        const int Count = FirstCount + SecondCount;
        using Tape tape = new(device);
        Tensor values = tape.Allocate(new Shape(Count)), gradients = tape.Allocate(new Shape(Count));
        Tensor m = tape.Allocate(new Shape(Count)), v = tape.Allocate(new Shape(Count));
        device.Clear(m);
        device.Clear(v);
        Write(values, [.. Enumerable.Range(0, FirstCount).Select(j => Math.Sin((0.7 * j) + 0.2)),
            .. Enumerable.Range(0, SecondCount).Select(j => Math.Cos(0.9 * j))]);
        float rate = fixture.StartsWith("lion", StringComparison.Ordinal) ? 1e-3f : 1e-2f;
        float decay = fixture.StartsWith("adamw", StringComparison.Ordinal)
            ? 0.01f : fixture.StartsWith("lion", StringComparison.Ordinal) ? 0.05f : 4e-5f;
        using UpdateTable ranges =
            new(device, new UpdateRange(0, FirstCount, rate, decayShare * decay), new UpdateRange(FirstCount, SecondCount, rate, 0));
        using StepBlock step = new(device);
        double[][] steps = new double[3][];
        for (int t = 0; t < 3; t++)
        {
            Write(gradients, [.. Enumerable.Range(0, FirstCount).Select(j => Math.Cos((1.3 * j) + t)),
                .. Enumerable.Range(0, SecondCount).Select(j => 0.01 * Math.Sin((1.7 * j) - t))]);
            step.Write(new StepScalars
            {
                LearningRate = 1, WeightDecayFactor = decayFactor, GradientScale = 1, IsFinite = 1, UpdateCount = t + 1,
            });
            switch (fixture[..3])
            {
                case "ada": AdamW.Step(device, values, gradients, m, v, ranges, new AdamWSettings(0.9, 0.999, 1e-8), step.Memory); break;
                case "lio": Lion.Step(device, values, gradients, m, ranges, new LionSettings(0.9, 0.95), step.Memory); break;
                default: Sgd.Step(device, values, gradients, m, ranges, new SgdSettings(0.9), step.Memory); break;
            }

            steps[t] = Read(values);
        }

        return steps;
    }

    private static unsafe void Write(Tensor tensor, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (tensor.Type == ElementType.Float64)
            {
                ((double*)tensor.Data)[i] = values[i];
            }
            else
            {
                ((float*)tensor.Data)[i] = (float)values[i];
            }
        }
    }

    private static unsafe double[] Read(Tensor tensor) => [.. Enumerable.Range(0, (int)tensor.Count).Select(i =>
        tensor.Type == ElementType.Float64 ? ((double*)tensor.Data)[i] : ((float*)tensor.Data)[i])];

    private static double[][] Expected(string fixture)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.Asset("fixtures", "misc.json")));
        return [.. document.RootElement.GetProperty(fixture).EnumerateArray().Select(step =>
            step.EnumerateArray().SelectMany(parameter => parameter.EnumerateArray()).Select(value => value.GetDouble()).ToArray())];
    }
}
