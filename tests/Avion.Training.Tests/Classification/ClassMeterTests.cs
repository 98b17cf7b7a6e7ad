namespace Avion.Training.Tests;

public sealed class ClassMeterTests
{
    [Fact]
    public void Accuracies_are_those_of_sorting()
    {
        const int classes = 7, clips = 400;
        CounterRandom random = CounterRandom.For(1, "scores");
        ClassMeter meter = new(classes);
        List<(double[] Scores, int Label)> all = [];
        for (int clip = 0; clip < clips; clip++)
        {
            // Few values, so that many are equal; class 3 never occurs.
            double[] scores = new double[classes];
            for (int c = 0; c < classes; c++)
            {
                scores[c] = random.Next(5);
            }

            int label = random.Next(classes);
            label = label == 3 ? 4 : label;
            all.Add((scores, label));
            meter.Add(scores, label);
        }

        int RankOf((double[] Scores, int Label) clip) => Array.IndexOf(
            [.. Enumerable.Range(0, classes).OrderByDescending(c => clip.Scores[c]).ThenBy(c => c)], clip.Label);
        Assert.Equal(all.Average(clip => RankOf(clip) < 1 ? 1.0 : 0), meter.Top1, 1e-12);
        Assert.Equal(all.Average(clip => RankOf(clip) < 5 ? 1.0 : 0), meter.Top5, 1e-12);
        double expected = all.GroupBy(clip => clip.Label).Average(group => group.Average(clip => RankOf(clip) < 1 ? 1.0 : 0));
        Assert.Equal(expected, meter.MeanClassAccuracy, 1e-12);
        Assert.Equal((1.0 / 7, 5.0 / 7), (meter.Top1Chance, meter.Top5Chance));
    }

    [Fact]
    public void A_class_that_nobody_has_and_a_label_that_is_none_do_not_count_as_right()
    {
        ClassMeter meter = new(2);
        meter.Add([0.9, 0.1], 0);
        meter.Add([0.9, 0.1], -1);
        meter.Add([double.NaN, double.NaN], 1);
        meter.Add([double.NaN, 0.5], 1);
        Assert.Equal((4, 0.25), (meter.Count, meter.Top1));
        Assert.Equal(0.5, meter.MeanClassAccuracy);
    }

    [Fact]
    public void Parts_of_actions_have_the_sum_of_their_probabilities()
    {
        double[] sums = [9, 9, 9, 9];
        ActionParts.Sum([0.1, 0.2, 0.3, 0.4], [2, 0, 2, 3], sums);
        Assert.Equal([0.2, 0, 0.4, 0.4], sums, (a, b) => Math.Abs(a - b) < 1e-12);
    }
}
