namespace Avion.Data.Tests;

public sealed class MixedDatasetTests
{
    [Fact]
    public void A_part_taken_in_fractions_is_seen_equally_often_over_the_run()
    {
        MixedDataset mixed = new([new(new SyntheticDataset(10)), new(new SyntheticDataset(40), 0.25), new(new SyntheticDataset(4), 2)]);
        Assert.Equal(10 + 10 + 8, mixed.Count);
        using SyntheticSource source = new();
        Dictionary<long, int> seen = [];
        for (int epoch = 0; epoch < 4; epoch++)
        {
            for (int index = 0; index < mixed.Count; index++)
            {
                ClipRequest request = new(2, 4, 4, 1);
                mixed.Draw(new SampleKey(9, epoch, index), source, request);
                seen[request.SampleId] = seen.GetValueOrDefault(request.SampleId) + 1;
            }
        }

        Assert.Equal(54, seen.Count);
        Assert.All(Enumerable.Range(0, 10), id => Assert.Equal(4, seen[id]));
        Assert.All(Enumerable.Range(10, 40), id => Assert.Equal(1, seen[id]));
        Assert.All(Enumerable.Range(50, 4), id => Assert.Equal(8, seen[id]));
    }

    [Fact]
    public void Two_visits_of_a_sample_in_one_epoch_are_drawn_anew()
    {
        MixedDataset mixed = new([new(new SyntheticDataset(4), 2)]);
        using SyntheticSource source = new();
        List<(long Id, string Frames)> draws = [];
        for (int index = 0; index < mixed.Count; index++)
        {
            ClipRequest request = new(4, 4, 4, 1);
            mixed.Draw(new SampleKey(9, 3, index), source, request);
            draws.Add((request.SampleId, string.Join(' ', request.Frames.ToArray())));
        }

        Assert.Equal(8, draws.Distinct().Count());
    }

    [Fact]
    public void Parts_with_different_labels_do_not_mix() => Assert.Throws<DataException>(() =>
        new MixedDataset([new(new SyntheticDataset(4, labelCount: 1)), new(new SyntheticDataset(4, labelCount: 0))]));
}
