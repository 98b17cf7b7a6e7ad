namespace Avion.Training.Tests;

/// <summary>Captions on a device with memory of its own are filled up to few sizes; elsewhere they are read where they are.</summary>
public sealed unsafe class CaptionTableTests
{
    private const int ContextLength = 10;

    [Fact]
    public void Batches_of_all_lengths_come_in_few_sizes_and_hold_their_captions_first()
    {
        using PlanningDevice device = PlanningDevice.For(DeviceDescription.Cuda());
        using CaptionTable table = new(device, ContextLength);
        HashSet<(int Tokens, int Sequences)> sizes = [];
        HashSet<nint> places = [];
        Random random = new(1);
        const int captions = 40;
        int[] tokens = new int[captions * ContextLength], offsets = new int[captions + 1];
        for (int step = 0; step < 200; step++)
        {
            int longest = 1 + (step % ContextLength);
            for (int caption = 0; caption < captions; caption++)
            {
                offsets[caption + 1] = offsets[caption] + random.Next(1, longest + 1);
            }

            SequenceOffsets sequences;
            Tensor ids;
            fixed (int* host = tokens)
            {
                sequences = table.Set(host, offsets, out ids);
            }

            sizes.Add(((int)ids.Count, sequences.Count));
            places.Add(ids.Data);
            Assert.Equal((ContextLength, captions), (sequences.LongestLength, sequences.Count - sequences.PaddingCount));
            Assert.Equal(offsets, sequences.AsSpan()[..(captions + 1)].ToArray());
            Assert.Equal(ids.Count, sequences.TokenCount);
            Assert.InRange(ids.Count - offsets[captions], 0, 63);
            Assert.All(Enumerable.Range(captions, sequences.PaddingCount), added => Assert.InRange(sequences.Length(added), 0, ContextLength));
        }

        // Multiples of 64, the power of two above 40 captions.
        Assert.All(sizes, size => Assert.Equal(0, size.Tokens % 64));
        Assert.InRange(sizes.Count, 3, 6);
        Assert.Single(sizes.Select(size => size.Sequences).Distinct());
        Assert.Single(places);
    }

    [Fact]
    public void Captions_of_full_length_are_not_filled_up() => Assert.Equal((400, 77 * 256, 0),
        (CaptionTable.FilledCount(400, 40, ContextLength), CaptionTable.FilledCount(77 * 256, 256, 77), CaptionTable.FillingCount(40, 0)));

    [Fact]
    public void A_processor_reads_captions_where_they_are()
    {
        using CpuDevice device = new(1);
        using CaptionTable table = new(device, ContextLength);
        int* tokens = stackalloc int[] { 1, 2, 3, 4, 5 };
        SequenceOffsets sequences = table.Set(tokens, [0, 2, 5], out Tensor ids);
        Assert.Equal(((nint)tokens, 5L, 2, 0, 3), (ids.Data, ids.Count, sequences.Count, sequences.PaddingCount, sequences.LongestLength));
    }
}
