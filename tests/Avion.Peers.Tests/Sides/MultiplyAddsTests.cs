namespace Avion.Peers.Tests;

/// <summary>The ceiling counts what a work has to multiply and add, and is the rate of the processor.</summary>
public sealed class MultiplyAddsTests
{
    [Fact]
    public void Attention_takes_two_products_forward_and_five_backward()
    {
        const double Pairs = 3 * 2 * 19 * 19;
        using MultiplyAdds ceiling = new(WorkloadList.Find("small-attention"), threads: 1);
        Assert.Equal(7 * 2 * Pairs * 64, ceiling.Flops);
    }

    [Fact]
    public void A_step_takes_three_products_a_weight_but_for_pixels_and_its_attention()
    {
        // Two blocks a tower, 27 rows of 64 and of 32 numbers; 12 D² weights a block; patches need no gradient; captions look back alone.
        const double Weights = 3 * ((2 * 27 * 12 * 64 * 64) + (2 * 27 * 12 * 32 * 32) + (3 * 16 * (64 + 32)));
        const double Patches = 2 * 24 * 768 * 64;
        const double Attention = 7 * 2 * ((3 * 9 * 9 * 64) + (3 * 9 * 10 / 2 * 32));
        using MultiplyAdds ceiling = new(WorkloadList.Find("small"), threads: 1);
        Assert.Equal(2 * (Weights + Patches + Attention), ceiling.Flops);
    }

    [Fact]
    public void Time_follows_from_the_number_of_operations()
    {
        using MultiplyAdds small = new(WorkloadList.Find("small-attention"), threads: 1), large = new(WorkloadList.Find("small"), threads: 1);
        double[] ratios = [.. Enumerable.Range(0, 3).Select(_ => Rate(large) / Rate(small)).Order()];
        Assert.InRange(ratios[1], 0.5, 2);
    }

    [Theory]
    [InlineData("small-bf16", "the ceiling is that of float32")]
    [InlineData("small-adamw", "this work waits for memory")]
    public void What_has_no_such_ceiling_is_refused(string workload, string message) =>
        Assert.Contains(message, Assert.Throws<PeerException>(() => new MultiplyAdds(WorkloadList.Find(workload), threads: 1)).Message);

    private static double Rate(MultiplyAdds ceiling)
    {
        ceiling.Run();
        return ceiling.Flops / ceiling.Measured!.Value.ProcessorMilliseconds;
    }
}
