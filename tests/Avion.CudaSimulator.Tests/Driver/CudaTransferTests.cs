namespace Avion.CudaSimulator.Tests;

/// <summary>Copies between the host and a device, which nobody waits for.</summary>
public sealed unsafe class CudaTransferTests
{
    private const string Wait = "cuStreamSynchronize", WaitForEvent = "cuEventSynchronize";

    [Fact]
    public void The_host_uses_what_it_uploaded_again_without_waiting()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using Tape tape = new(device);
        Tensor target = tape.Allocate(new Shape(3, 4), ElementType.Int32);
        int[] source = new int[4], found = new int[12];
        for (int row = 0; row < 3; row++)
        {
            source.AsSpan().Fill(row + 1);
            device.Upload(source, target.Part(4 * row, 4));
        }

        Assert.Equal((0, 0), Waits(gpu));
        device.Download(Bytes(target), System.Runtime.InteropServices.MemoryMarshal.AsBytes(found.AsSpan()));
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], found);
    }

    [Fact]
    public void More_than_the_ring_holds_arrives_whole_and_in_order()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        byte[] source = new byte[(35 << 20) + 17], found = new byte[source.Length];
        new Random(1).NextBytes(source);
        nint memory = device.AllocateMemory(source.Length);
        Tensor target = Tensor.Wrap(memory, Shape.Flat(source.Length), ElementType.UInt8);
        device.Upload(source, target);
        device.Download(target, found);
        Assert.True(source.AsSpan().SequenceEqual(found));
        device.FreeMemory(memory, source.Length);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.BFloat16)]
    public void Numbers_are_converted_on_their_way(ElementType type)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using Tape tape = new(device);
        float[] source = [1, -2.5f, 1 / 3f, 1e-30f, float.PositiveInfinity], found = new float[source.Length];
        Tensor target = tape.Allocate(new Shape(source.Length), type);
        device.Upload(source, target);
        device.Download(target, found);
        for (int i = 0; i < source.Length; i++)
        {
            uint rounded = (uint)((BFloat16)source[i]).Bits << 16;
            float expected = type == ElementType.BFloat16 ? BitConverter.UInt32BitsToSingle(rounded) : source[i];
            Assert.Equal(expected, found[i]);
        }
    }

    [Fact]
    public void The_next_batch_travels_beside_the_work_of_the_step_before()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using AheadCopy copy = new(device);
        using Tape tape = new(device);
        const int count = 64;
        int* first = (int*)device.AllocateHostMemory(count * sizeof(int)), second = (int*)device.AllocateHostMemory(count * sizeof(int));
        new Span<int>(first, count).Fill(1);
        new Span<int>(second, count).Fill(2);

        // A step that reads its batch late: after its other work.
        Tensor batch = copy.Bring((nint)first, new Shape(count), ElementType.Int32), work = tape.Allocate(new Shape(count), ElementType.Int32);
        Tensor kept = tape.Allocate(new Shape(count), ElementType.Int32);
        device.Fill(work, 7);
        device.Copy(batch, kept);
        Tensor next = copy.Bring((nint)second, new Shape(count), ElementType.Int32);
        Assert.Equal(batch.Data, next.Data);
        while (!copy.IsCopied)
        {
        }

        // The second batch has come, its host memory is free, and the first step's work is not done yet.
        new Span<int>(second, count).Fill(-1);
        Assert.Throws<SimulationException>(() => gpu.Simulated.Devices[0].Memory.Read((ulong)work.Data, new byte[4]));
        Assert.Equal((0, 0), Waits(gpu));
        Assert.All(Read(device, kept), value => Assert.Equal(1, value));
        Assert.All(Read(device, next), value => Assert.Equal(2, value));
        device.FreeHostMemory((nint)first);
        device.FreeHostMemory((nint)second);
    }

    [Fact]
    public void Batches_of_other_sizes_have_room()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using AheadCopy copy = new(device, capacity: 16);
        int* host = (int*)device.AllocateHostMemory(256);
        foreach (int count in (int[])[4, 64, 1, 0, 8])
        {
            copy.WaitUntilCopied();
            new Span<int>(host, count).Fill(count);
            Tensor there = copy.Bring((nint)host, new Shape(count), ElementType.Int32);
            Assert.Equal(Enumerable.Repeat(count, count), Read(device, there));
        }

        device.FreeHostMemory((nint)host);
    }

    [Fact]
    public void Scalars_are_read_a_step_late_without_waiting_for_the_step_under_way()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        using Tape tape = new(device);
        using LateScalars late = new(device, 1);
        Tensor scalar = tape.AllocateStatistics(Shape.Scalar), after = tape.AllocateStatistics(Shape.Scalar);
        double[] values = new double[1];
        for (int step = 0; step < 5; step++)
        {
            device.Fill(scalar, step);
            late.Record(0, scalar);
            late.EndStep();
            Assert.Equal(step > 0, late.TryTake(values));
            Assert.Equal(Math.Max(0, step - 1), values[0]);
        }

        device.Fill(after, 1);
        Assert.True(late.TryFlush(values));
        Assert.Equal(4, values[0]);
        Assert.Throws<SimulationException>(() => gpu.Simulated.Devices[0].Memory.Read((ulong)after.Data, new byte[4]));
        Assert.Equal(0, gpu.Simulated.Calls.GetValueOrDefault(Wait));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(304)]
    [InlineData(801)]
    public void Where_the_system_pins_no_more_memory_ordinary_memory_does_the_same(int refusal)
    {
        using SimulatedGpu gpu = new() { Simulated = { PinnedBytesLimit = 64, PinnedRefusal = refusal } };
        using (CudaDevice device = new(gpu.Driver))
        {
            using Tape tape = new(device);
            nint pinned = device.AllocateHostMemory(64), ordinary = device.AllocateHostMemory(64);
            using AheadCopy copy = new(device);
            new Span<int>((void*)ordinary, 16).Fill(3);
            Tensor there = copy.Bring(ordinary, new Shape(16), ElementType.Int32);
            new Span<int>((void*)ordinary, 16).Fill(4);
            Assert.Equal(Enumerable.Repeat(3, 16), Read(device, there));
            Tensor small = tape.Allocate(new Shape(2), ElementType.Int32);
            device.Upload([5, 6], small);
            Assert.Equal([5, 6], Read(device, small));
            device.FreeHostMemory(pinned);
            device.FreeHostMemory(ordinary);
        }

        Assert.Equal((0, 0), (gpu.Simulated.OpenHandles, gpu.Simulated.Devices[0].Memory.Count));
    }

    private static (int Streams, int Events) Waits(SimulatedGpu gpu) =>
        (gpu.Simulated.Calls.GetValueOrDefault(Wait), gpu.Simulated.Calls.GetValueOrDefault(WaitForEvent));

    private static Tensor Bytes(Tensor tensor) => Tensor.Wrap(tensor.Data, Shape.Flat(tensor.ByteCount), ElementType.UInt8);

    private static int[] Read(CudaDevice device, Tensor tensor)
    {
        int[] values = new int[tensor.Count];
        device.Download(Bytes(tensor), System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
