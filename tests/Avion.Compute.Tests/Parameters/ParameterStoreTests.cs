namespace Avion.Compute.Tests;

/// <summary>Flat memory by purpose: what lies where, of which type, and what takes none.</summary>
public sealed class ParameterStoreTests
{
    [Fact]
    public void Trained_parameters_come_first_and_no_two_overlap()
    {
        using CpuDevice device = new(1);
        using ParameterStore store = new();
        Parameter a = store.Add("a", new Shape(3, 7)), b = store.Add("b", new Shape(40)), c = store.Add("c", Shape.Scalar);
        Parameter view = store.View(b, 8, new Shape(2, 16));
        a.IsFrozen = true;
        Assert.Equal((0, 48, 64), (b.Offset, c.Offset, a.Offset));
        store.Allocate(device);
        Assert.Equal((64L, 96L), (store.Gradients.Count, store.Values.Count));
        Assert.Equal(8 + b.Offset, view.Offset);
        Assert.Equal(b.Value.Data + (8 * sizeof(float)), view.Value.Data);
        Assert.True(a.Gradient.IsAbsent);
        Assert.Equal(b.Gradient.Data + (8 * sizeof(float)), view.Gradient.Data);
        Assert.Equal(a.Value.Data, a.Master.Data);
        Assert.Contains("Make the model anew", Assert.Throws<InvalidOperationException>(() => a.IsFrozen = false).Message);
        c.IsFrozen = true;
        c.IsFrozen = false;
        Assert.Throws<InvalidOperationException>(() => store.Add("late", Shape.Scalar));
    }

    [Fact]
    public void Values_have_a_copy_of_the_activations_type_where_it_is_another()
    {
        using PlanningDevice cuda = PlanningDevice.For(DeviceDescription.Cuda()), cpu = PlanningDevice.For(DeviceDescription.Cpu());
        using ParameterStore onCuda = new(), onCpu = new();
        foreach (ParameterStore store in (ParameterStore[])[onCuda, onCpu])
        {
            store.Add("trained", new Shape(100, 16));
            store.Add("frozen", new Shape(50, 16)).IsFrozen = true;
        }

        onCuda.Allocate(cuda);
        onCpu.Allocate(cpu);
        Assert.Equal((2400 * 4, 2400 * 6), (onCpu.ParameterBytes, onCuda.ParameterBytes));
        Assert.Equal((1600 * 4, 1600 * 4), (onCpu.Gradients.ByteCount, onCuda.Gradients.ByteCount));
        Assert.Equal((ElementType.BFloat16, ElementType.Float32), (onCuda["trained"].Value.Type, onCuda["trained"].Master.Type));
        onCuda.RefreshValues();
        Assert.Equal(1, cuda.KernelCount);
    }

    [Fact]
    public void A_model_may_have_more_parameters_than_an_integer_counts()
    {
        using PlanningDevice device = new();
        using ParameterStore store = new();
        Parameter first = store.Add("first", new Shape(40_000, 40_000)), second = store.Add("second", new Shape(40_000, 40_000));
        store.Allocate(device);
        Assert.Equal(3_200_000_000, store.FlatCount);
        Assert.Equal(3_200_000_000L * 4, store.Values.ByteCount);
        Assert.Equal(1_600_000_000L * 4, second.Value.Data - first.Value.Data);
        Assert.Equal("[3200000000]", store.Values.Shape.ToString());
        using StepBlock block = new(device);
        using FlatBuffer m = new(device, store.TrainedLayout, ElementType.Float32);
        using FlatBuffer v = new(device, store.TrainedLayout, ElementType.Float32);
        GlobalNorm.SumOfSquares(device, store.Gradients, block.SumOfSquares);
        using UpdateTable ranges = new(device, new UpdateRange(0, store.FlatCount, 1, 0));
        AdamW.Step(device, store.Trained, store.Gradients, m.Values, v.Values, ranges, new AdamWSettings(0.9, 0.99, 1e-8), block.Memory);
        Assert.Equal(16 * 3_200_000_000L, device.FlopCount);
    }

    [Fact]
    public unsafe void A_cast_to_bfloat16_rounds_to_the_nearest_and_to_even()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        float[] numbers = [1, -2.5f, 1.00390625f, 1.01171875f, 1.0041f, 3e38f, float.NegativeInfinity, float.NaN, -0f, 1e-40f];
        Tensor x = tape.Allocate(new Shape(numbers.Length)), y = tape.Allocate(new Shape(numbers.Length), ElementType.BFloat16);
        device.Upload(numbers, x);
        Cast.Run(device, x, y);
        for (int i = 0; i < numbers.Length; i++)
        {
            float cast = BitConverter.UInt32BitsToSingle((uint)((ushort*)y.Data)[i] << 16);
            Assert.Equal(Nearest(numbers[i]), cast);
        }
    }

    // The nearest of the two neighbours with 8 bits of mantissa, computed in double precision.
    private static float Nearest(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x) & 0xFFFF0000;
        if (!float.IsFinite(x))
        {
            return x;
        }

        float below = BitConverter.UInt32BitsToSingle(bits), above = BitConverter.UInt32BitsToSingle(bits + 0x10000);
        double down = Math.Abs((double)x - below), up = Math.Abs((double)above - x);
        return down < up || (down == up && (bits & 0x10000) == 0) ? below : above;
    }
}
