namespace Avion.Compute.Tests;

public sealed class TopClassTests
{
    [Fact]
    public void Rows_count_whose_largest_numbers_stand_in_the_same_place_the_first_of_equal_ones()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor logits = tape.Allocate(new Shape(5, 3)), target = tape.Allocate(new Shape(5, 3));
        device.Upload([1f, 3, 2, 0, 0, 0, -5, -4, -3, 2, 2, 1, 1, 2, 2], logits);

        // Right, right (all equal: the first), wrong, right, wrong: class 1 comes before class 2.
        device.Upload([0f, 0.6f, 0.4f, 1, 0, 0, 0, 1, 0, 0.5f, 0.5f, 0, 0, 0.4f, 0.6f], target);
        float[] accuracy = new float[1];
        device.Download(tape.TopClassAccuracy(logits, target), accuracy);
        Assert.Equal(0.6f, accuracy[0]);
    }
}
