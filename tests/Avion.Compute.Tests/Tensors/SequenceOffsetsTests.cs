namespace Avion.Compute.Tests;

public sealed unsafe class SequenceOffsetsTests
{
    [Fact]
    public void Lengths_and_starts_follow_from_the_offsets()
    {
        int* offsets = stackalloc int[] { 0, 3, 3, 10 };
        SequenceOffsets sequences = new(offsets, 3);
        Assert.Equal((3, 7, 10), (sequences.Count, sequences.LongestLength, sequences.TokenCount));
        Assert.Equal((3, 0), (sequences.Start(1), sequences.Length(1)));
        Assert.Equal([0, 3, 3, 10], sequences.AsSpan().ToArray());
    }

    [Fact]
    public void Offsets_that_decrease_or_do_not_start_at_zero_are_refused()
    {
        int* falling = stackalloc int[] { 0, 3, 2 };
        int* late = stackalloc int[] { 1, 3 };
        Assert.Contains("Sequence 1", Assert.Throws<ArgumentException>(() => new SequenceOffsets(falling, 2)).Message);
        Assert.Throws<ArgumentException>(() => new SequenceOffsets(late, 1));
    }
}
