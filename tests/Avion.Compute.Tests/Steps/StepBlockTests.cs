namespace Avion.Compute.Tests;

/// <summary>What a step decides on the device: the factor of clipping, and whether there is an update at all.</summary>
public sealed class StepBlockTests
{
    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(4, float.NaN)]
    [InlineData(4, float.NegativeInfinity)]
    public void A_step_that_is_not_finite_leaves_parameters_and_states_alone_and_is_counted(double sumOfSquares, float loss)
    {
        foreach (Device device in (Device[])[new CpuDevice(2), new ReferenceDevice()])
        {
            using (device)
            {
                using StepBlock block = new(device);
                using Tape tape = new(device);
                Tensor[] memory = [.. Enumerable.Range(0, 4).Select(_ => tape.Allocate(new Shape(100)))];
                float[] values = [.. Enumerable.Range(0, 100).Select(i => (float)(i + 1))];
                Array.ForEach(memory, tensor => device.Upload(values, tensor));
                Tensor lossOnDevice = tape.Allocate(Shape.Scalar);
                device.Fill(lossOnDevice, loss);
                block.Write(block.Read() with { SumOfSquares = sumOfSquares, UpdateCount = 7 });
                block.Begin(learningRate: 0.1, normBound: 1);
                GradientScale.Set(device, lossOnDevice, block.Memory);
                using UpdateTable ranges = new(device, new UpdateRange(0, 100, 1, 0.1f));
                AdamW.Step(device, memory[0], memory[1], memory[2], memory[3], ranges, new AdamWSettings(0.9, 0.99, 1e-8), block.Memory);
                Lion.Step(device, memory[0], memory[1], memory[2], ranges, new LionSettings(0.9, 0.99), block.Memory);
                Sgd.Step(device, memory[0], memory[1], memory[2], ranges, new SgdSettings(0.9), block.Memory);
                float[] after = new float[100];
                foreach (Tensor tensor in memory)
                {
                    device.Download(tensor, after);
                    Assert.Equal(values, after);
                }

                StepScalars results = block.Read();
                Assert.Equal((0, 7, 1), (results.IsFinite, results.UpdateCount, results.SkippedCount));
            }
        }
    }

    [Fact]
    public void The_norm_and_its_factor_are_those_of_the_formula()
    {
        using CpuDevice device = new(1);
        using StepBlock block = new(device);
        block.Write(block.Read() with { SumOfSquares = 50 });
        block.Begin(learningRate: 3, normBound: 2);
        GradientScale.Set(device, default, block.Memory);
        StepScalars results = block.Read();
        Assert.Equal(Math.Sqrt(50), results.GradientNorm);
        Assert.Equal(2 / (Math.Sqrt(50) + 1e-6), results.GradientScale);
        Assert.Equal((3, 1, 1, 0), (results.LearningRate, results.IsFinite, results.UpdateCount, results.SkippedCount));
    }

    [Fact]
    public void Scalars_are_read_one_step_late_and_the_last_ones_at_the_end()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        using LateScalars late = new(device, scalarCount: 2);
        using StepBlock block = new(device);
        Tensor loss = tape.Allocate(Shape.Scalar);
        double[] values = new double[2];
        for (int step = 0; step < 5; step++)
        {
            using HostAccessScope scope = device.ForbidHostAccess();
            device.Fill(loss, step + 0.5);
            late.Record(0, loss);
            late.Record(1, block.SkippedCount);
            device.Fill(loss, -1);
            late.EndStep();
            Assert.Equal(step > 0, late.TryTake(values));
            Assert.Equal(step > 0 ? step - 0.5 : 0, values[0]);
        }

        Assert.True(late.TryFlush(values));
        Assert.Equal(4.5, values[0]);
        Assert.False(late.TryFlush(values));
        late.EndStep();
        late.EndStep();
        Assert.Contains("Call TryTake", Assert.Throws<InvalidOperationException>(late.EndStep).Message);
    }

    [Fact]
    public void Reading_and_writing_inside_a_step_is_refused()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor x = tape.Allocate(new Shape(2));
        using (device.ForbidHostAccess())
        {
            Assert.Contains("inside a step", Assert.Throws<InvalidOperationException>(() => device.Upload((float[])[1, 2], x)).Message);
            Assert.Throws<InvalidOperationException>(() => device.Download(x, new float[2]));
        }

        device.Upload((float[])[1, 2], x);
    }

    [Theory]
    [InlineData(-0.5f, 0)]
    [InlineData(1.5f, 1.5f)]
    [InlineData(7, 4.25f)]
    public void A_scalar_is_held_within_its_bounds(float value, float expected)
    {
        foreach (Device device in (Device[])[new CpuDevice(1), new ReferenceDevice()])
        {
            using (device)
            {
                using Tape tape = new(device);
                Tensor x = tape.Allocate(Shape.Scalar);
                device.Fill(x, value);
                Clamp.Scalar(device, x, 0, 4.25f);
                float[] result = new float[1];
                device.Download(x, result);
                Assert.Equal(expected, result[0]);
            }
        }
    }
}
