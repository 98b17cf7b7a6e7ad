using System.Runtime.InteropServices;

namespace Avion.CudaSimulator.Tests;

public sealed class FillTests
{
    // Fewer than a block has threads, and more than all blocks have.
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(70_001)]
    public void Every_element_and_nothing_beside_it_is_filled(int count)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Assert.Equal(Enumerable.Repeat(-2.7182818284590451, count), Filled<double>(device, count, ElementType.Float64, -2.7182818284590451));
        Assert.Equal(Enumerable.Repeat(2.5f, count), Filled<float>(device, count, ElementType.Float32, 2.5));
        Assert.Equal(Enumerable.Repeat(-3, count), Filled<int>(device, count, ElementType.Int32, -3));
        Assert.Equal(Enumerable.Repeat((ushort)0x4020, count), Filled<ushort>(device, count, ElementType.BFloat16, 2.5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(70_001)]
    public void Whole_numbers_rise_by_steps(int count)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        Assert.Equal(Enumerable.Range(0, count).Select(i => 7 - (3 * i)),
            Run<int>(device, count, ElementType.Int32, tensor => device.FillRamp(tensor, 7, -3)));
    }

    private static T[] Filled<T>(CudaDevice device, int count, ElementType type, double value) where T : unmanaged =>
        Run<T>(device, count, type, tensor => device.Fill(tensor, value));

    private static T[] Run<T>(CudaDevice device, int count, ElementType type, Action<Tensor> fill) where T : unmanaged
    {
        Tensor tensor = Tensor.Wrap(device.AllocateMemory(count * (long)Marshal.SizeOf<T>()), new Shape(count), type);
        fill(tensor);
        T[] values = new T[count];
        device.Download(Tensor.Wrap(tensor.Data, Shape.Flat(tensor.ByteCount), ElementType.UInt8), MemoryMarshal.AsBytes(values.AsSpan()));
        device.FreeMemory(tensor.Data, tensor.ByteCount);
        return values;
    }
}
