namespace Avion.Compute.Tests;

public sealed unsafe class HostMemoryTests
{
    private const int Chunk = 1 << 18;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, Chunk)]
    [InlineData(3, Chunk + 1)]
    [InlineData(3, (9 * Chunk) - 64)]
    public void Clearing_sets_every_byte_of_a_tensor_and_none_beside_it(int threads, int bytes)
    {
        const int Margin = 64;
        using CpuDevice device = new(threads, MatrixLibraries.Managed);
        nint memory = device.AllocateMemory(bytes + (2 * Margin));
        Span<byte> all = new((void*)memory, bytes + (2 * Margin));
        all.Fill(7);
        device.Clear(Tensor.Wrap(memory + Margin, Shape.Flat(bytes), ElementType.UInt8));
        int left = all[..Margin].Count((byte)7) + all[(Margin + bytes)..].Count((byte)7), cleared = all.Slice(Margin, bytes).Count((byte)0);
        device.FreeMemory(memory, bytes + (2 * Margin));
        Assert.Equal((2 * Margin, bytes), (left, cleared));
    }
}
