namespace Avion.Training.Tests;

public sealed class ClipMixerTests
{
    private const int Side = 224;

    [Theory]
    [InlineData(32, 1, 1)]
    [InlineData(32, 2, 1)]
    [InlineData(32, 4, 1)]
    [InlineData(32, 1, 4)]
    [InlineData(32, 2, 4)]
    [InlineData(512, 8, 4)]
    [InlineData(512, 1, 32)]
    [InlineData(8, 2, 2)]
    [InlineData(2, 1, 1)]
    public void A_batch_has_the_same_pairs_for_any_number_of_ranks_and_parts(int batchSize, int ranks, int parts) =>
        Assert.Equal(PairsOf(batchSize, 1, 1), PairsOf(batchSize, ranks, parts));

    [Theory]
    [InlineData(12, 3, 1)]
    [InlineData(6, 2, 1)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 4, 2)]
    [InlineData(1, 1, 1)]
    public void Elsewhere_pairs_stay_within_their_part(int batchSize, int ranks, int parts)
    {
        Dictionary<long, long> pairs = PairsOf(batchSize, ranks, parts);
        int inPart = batchSize / ranks / parts;
        Assert.Equal(batchSize, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal(pair.Key, pairs[pair.Value]));
        Assert.All(pairs, pair => Assert.Equal(pair.Key % ranks, pair.Value % ranks));
        Assert.All(pairs, pair => Assert.Equal(pair.Key / (inPart * ranks), pair.Value / (inPart * ranks)));
        Assert.Equal(inPart % 2 * ranks * parts, pairs.Count(pair => pair.Key == pair.Value));
    }

    /// <summary>The published CutMix leaves 60 % of videos as they are, while it mixes their labels.</summary>
    [Fact]
    public void CutMix_mixes_as_much_of_the_pixels_as_of_the_labels()
    {
        ClipMixer mixer = new(new MixingOptions { CutMix = 1 }, 0, 2, Side, Side);
        int untouched = 0, batches = 4000;
        double mixed = 0;
        for (int step = 0; step < batches; step++)
        {
            mixer.Draw(new StepContext { Seed = 4, StepInEpoch = step }, 2);
            ReadOnlySpan<int> place = mixer.Places[..ClipMixing.PlaceColumns];
            double area = (place[2] - place[1]) * (double)(place[4] - place[3]) / (Side * Side);
            Assert.Equal(1, mixer.PixelShares[0]);
            Assert.Equal(1 - area, mixer.LabelShares[0], 1e-6);
            untouched += area == 0 ? 1 : 0;
            mixed += area / batches;
        }

        Assert.InRange(untouched, 0, batches / 50);
        Assert.InRange(mixed, 0.3, 0.36);
    }

    [Fact]
    public void Mixup_and_CutMix_take_turns_and_some_batches_are_left_alone()
    {
        ClipMixer mixer = new(new MixingOptions { Mixup = 0.8, CutMix = 1, Probability = 0.9, SwitchProbability = 0.3 }, 0, 8, Side, Side);
        int none = 0, blended = 0, cut = 0;
        List<double> shares = [];
        for (int step = 0; step < 5000; step++)
        {
            mixer.Draw(new StepContext { Seed = 1, StepInEpoch = step }, 8);
            Assert.Single(mixer.LabelShares.ToArray().Distinct());
            bool hasBox = mixer.Places[2] > mixer.Places[1];
            (none, blended, cut) = hasBox ? (none, blended, cut + 1)
                : mixer.PixelShares[0] < 1 ? (none, blended + 1, cut) : (none + 1, blended, cut);
            if (mixer.PixelShares[0] < 1)
            {
                shares.Add(mixer.PixelShares[0]);
            }
        }

        // Boxes without a pixel count as batches left alone: a few of the cut ones.
        Assert.InRange(none / 5000.0, 0.09, 0.115);
        Assert.InRange(blended / 5000.0, 0.61, 0.65);
        Assert.InRange(cut / 5000.0, 0.245, 0.285);

        // Beta(a, a) has mean ½ and variance 1 / (4 (2 a + 1)).
        Assert.InRange(shares.Average(), 0.48, 0.52);
        Assert.InRange(shares.Average(share => Math.Pow(share - 0.5, 2)), 0.0925, 0.0998);
    }

    [Theory]
    [InlineData("batch", 1)]
    [InlineData("pair", 8)]
    [InlineData("clip", 16)]
    public void One_draw_serves_what_the_recipe_says(string per, int draws)
    {
        ClipMixer mixer = new(new MixingOptions { Mixup = 1, Per = per }, 0, 16, Side, Side);
        mixer.Draw(new StepContext { Seed = 2 }, 16);
        Assert.Equal(draws, mixer.PixelShares.ToArray().Distinct().Count());
        for (int clip = 0; clip < 16 && per != "clip"; clip++)
        {
            Assert.Equal(mixer.PixelShares[clip], mixer.PixelShares[mixer.Partners[clip]]);
        }
    }

    [Fact]
    public void Ranks_and_parts_draw_what_one_rank_draws_for_the_whole_batch()
    {
        MixingOptions options = new() { Mixup = 0.8, CutMix = 1, Per = "clip" };
        float[] whole = Draw(1, 1);
        Assert.Equal(whole, Draw(2, 1));
        Assert.Equal(whole, Draw(4, 2));

        float[] Draw(int ranks, int parts)
        {
            float[] shares = new float[32];
            foreach (StepContext context in Contexts(32, ranks, parts))
            {
                ClipMixer mixer = new(options, 0, 32, Side, Side);
                int count = 32 / ranks / parts;
                mixer.Draw(context, count);
                for (int clip = 0; clip < count; clip++)
                {
                    shares[context.SampleNumber(clip)] = mixer.LabelShares[clip];
                }
            }

            return shares;
        }
    }

    [Fact]
    public void Sides_between_bounds_are_uniform()
    {
        ClipMixer mixer = new(new MixingOptions { CutMixMinimum = 0.25, CutMixMaximum = 0.75 }, 0, 2, 100, 200);
        List<double> sides = [];
        for (int step = 0; step < 2000; step++)
        {
            mixer.Draw(new StepContext { StepInEpoch = step }, 2);
            (int height, int width) = (mixer.Places[2] - mixer.Places[1], mixer.Places[4] - mixer.Places[3]);
            Assert.InRange(height, 25, 75);
            Assert.InRange(width, 50, 150);
            sides.Add(width);
        }

        Assert.InRange(sides.Average(), 97, 103);
        Assert.InRange(sides.Count(side => side < 75) / 2000.0, 0.22, 0.28);
    }

    [Fact]
    public void Targets_are_smoothed_and_mixed_with_those_of_the_partner()
    {
        ClipMixer mixer = new(new MixingOptions { Mixup = 1, Per = "clip" }, smoothing: 0.1, 4, Side, Side);
        mixer.Draw(new StepContext { Seed = 5 }, 4);
        int[] labels = [0, 2, 1, 2];
        float[] targets = new float[4 * 3];
        mixer.FillTargets(labels, 3, targets);
        for (int clip = 0; clip < 4; clip++)
        {
            for (int c = 0; c < 3; c++)
            {
                double Smoothed(int label) => (0.1 / 3) + (label == c ? 0.9 : 0);
                double share = mixer.LabelShares[clip];
                double expected = (share * Smoothed(labels[clip])) + ((1 - share) * Smoothed(labels[mixer.Partners[clip]]));
                Assert.Equal(expected, targets[(clip * 3) + c], 1e-6);
            }
        }
    }

    private static IEnumerable<StepContext> Contexts(int batchSize, int ranks, int parts)
    {
        for (int rank = 0; rank < ranks; rank++)
        {
            for (int part = 0; part < parts; part++)
            {
                yield return new StepContext
                {
                    Seed = 7, Communicator = new PlanningRank(rank, ranks), SamplesBefore = part * (batchSize / ranks / parts),
                };
            }
        }
    }

    private static Dictionary<long, long> PairsOf(int batchSize, int ranks, int parts)
    {
        Dictionary<long, long> pairs = [];
        foreach (StepContext context in Contexts(batchSize, ranks, parts))
        {
            MixedPairs part = new(context, batchSize, batchSize / ranks / parts);
            for (int clip = 0; clip < batchSize / ranks / parts; clip++)
            {
                pairs.Add(context.SampleNumber(clip), context.SampleNumber(part.PartnerOf(clip)));
            }
        }

        return pairs;
    }
}
