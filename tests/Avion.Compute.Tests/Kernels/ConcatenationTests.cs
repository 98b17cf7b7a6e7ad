namespace Avion.Compute.Tests;

public sealed class ConcatenationTests
{
    [Fact]
    public void Each_sequence_is_followed_by_its_partner()
    {
        using CpuDevice device = new(2);
        using OpInputs inputs = new(device, 1);
        using Tape tape = new(device);
        SequenceOffsets first = inputs.Offsets(2, 0, 1), second = inputs.Offsets(1, 2, 0);
        Tensor y = tape.ConcatenateRows(inputs.Constant(new Shape(3, 1), [10, 11, 12]), first,
            inputs.Constant(new Shape(3, 1), [20, 21, 22]), second);
        float[] values = new float[6];
        device.Download(y, values);
        Assert.Equal([10, 11, 20, 21, 22, 12], values);
        int[] offsets = new int[4];
        Concatenation.Offsets(first, second, offsets);
        Assert.Equal([0, 3, 5, 6], offsets);
    }

    [Fact]
    public void Inputs_that_do_not_join_are_refused()
    {
        using CpuDevice device = new(1);
        using OpInputs inputs = new(device, 1);
        using Tape tape = new(device);
        SequenceOffsets two = inputs.Offsets(1, 1), three = inputs.Offsets(1, 1, 1);
        Tensor narrow = tape.Allocate(new Shape(2, 3)), wide = tape.Allocate(new Shape(2, 4)), more = tape.Allocate(new Shape(3, 3));
        Assert.Contains("do not join", Assert.Throws<ArgumentException>(() => tape.ConcatenateRows(narrow, two, wide, two)).Message);
        Assert.Contains("do not join", Assert.Throws<ArgumentException>(() => tape.ConcatenateRows(narrow, two, more, three)).Message);
        Assert.Contains("do not join", Assert.Throws<ArgumentException>(() => tape.ConcatenateRows(narrow, two, more, two)).Message);
        Assert.Throws<ArgumentException>(() => Concatenation.Offsets(two, three, new int[3]));
    }

    [Fact]
    public void Scattering_what_was_gathered_puts_it_back_among_zeros()
    {
        using CpuDevice device = new(2);
        using OpInputs inputs = new(device, 1);
        using Tape tape = new(device);
        float[] numbers = [.. Enumerable.Range(1, 10).Select(i => (float)i)];
        Tensor x = inputs.Constant(new Shape(5, 2), numbers), rows = inputs.Int32(new Shape(2), [3, 1]);
        float[] back = new float[10];
        device.Download(tape.ScatterRows(tape.GatherRows(x, rows), rows, 5), back);
        Assert.Equal([0, 0, 3, 4, 0, 0, 7, 8, 0, 0], back);
        Tensor outside = inputs.Int32(new Shape(2), [3, 5]);
        Assert.Contains("names no row",
            Assert.Throws<ArgumentException>(() => tape.ScatterRows(tape.GatherRows(x, rows), outside, 5)).Message);
    }
}
