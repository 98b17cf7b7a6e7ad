namespace Avion.Training;

/// <summary>Draws how the clips of a step are mixed, and makes the targets that go with it.</summary>
/// <remarks>
/// Draws depend on the seed, the position in the run and the numbers of the clips in the step's batch over all ranks. Everything is drawn
/// on the host before a step; the pixels are mixed on the device, while patches are cut (<see cref="ClipMixing"/>).
/// </remarks>
/// <param name="options">How often and how much.</param>
/// <param name="smoothing">Label smoothing.</param>
/// <param name="batchSize">Clips of a step, all ranks together.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
internal sealed class ClipMixer(MixingOptions options, double smoothing, int batchSize, int height, int width)
{
    private int[] _partners = [], _places = [];
    private float[] _pixelShares = [], _labelShares = [];
    private int _count;

    /// <summary>For each clip of the part the one that it is mixed with.</summary>
    public ReadOnlySpan<int> Partners => _partners.AsSpan(0, _count);

    /// <summary>Share of a clip's own label.</summary>
    public ReadOnlySpan<float> LabelShares => _labelShares.AsSpan(0, _count);

    /// <summary>Share of a clip's own pixels outside of its box.</summary>
    public ReadOnlySpan<float> PixelShares => _pixelShares.AsSpan(0, _count);

    /// <summary>Rows of <see cref="ClipMixing.Places"/>.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, _count * ClipMixing.PlaceColumns);

    /// <summary>Draws for a part of a step.</summary>
    public void Draw(in StepContext context, int count)
    {
        if (_partners.Length < count)
        {
            (_partners, _places) = (new int[count], new int[count * ClipMixing.PlaceColumns]);
            (_pixelShares, _labelShares) = (new float[count], new float[count]);
        }

        _count = count;
        MixedPairs pairs = new(context, batchSize, count);
        for (int clip = 0; clip < count; clip++)
        {
            int partner = pairs.PartnerOf(clip);
            CounterRandom random = CounterRandom.For(context.Seed, "mixing", context.Position, UnitOf(context, clip, partner));
            Set(clip, partner, ref random);
        }
    }

    /// <summary>Fills in the wanted distributions [B, C] of what was drawn.</summary>
    public void FillTargets(ReadOnlySpan<int> labels, int classCount, Span<float> targets) =>
        MixedTargets.Fill(labels, Partners, LabelShares, classCount, (float)smoothing, targets);

    /// <summary>Sends what was drawn to the device; before a step.</summary>
    public ClipMixing Send(Tape tape)
    {
        Tensor places = tape.Allocate(new Shape(_count, ClipMixing.PlaceColumns), ElementType.Int32);
        Tensor shares = tape.AllocateStatistics(new Shape(_count));
        tape.Device.Upload(Places, places);
        tape.Device.Upload(PixelShares, shares);
        return new ClipMixing(places, shares);
    }

    private ulong UnitOf(in StepContext context, int clip, int partner) => options.Per switch
    {
        "batch" => 0,
        "pair" => (ulong)context.SampleNumber(Math.Min(clip, partner)),
        _ => (ulong)context.SampleNumber(clip),
    };

    private void Set(int clip, int partner, ref CounterRandom random)
    {
        double pixelShare = 1, labelShare = 1;
        CutMixBox box = default;
        if (options.IsOn && random.NextDouble() < options.Probability)
        {
            bool cuts = options.Cuts && (options.Mixup == 0 || random.NextDouble() < options.SwitchProbability);
            if (cuts)
            {
                box = DrawBox(ref random);
                labelShare = box.ShareOf(height, width);
            }
            else
            {
                pixelShare = labelShare = BetaDistribution.Draw(ref random, options.Mixup);
            }
        }

        _partners[clip] = partner;
        (_pixelShares[clip], _labelShares[clip]) = ((float)pixelShare, (float)labelShare);
        int at = clip * ClipMixing.PlaceColumns;
        (_places[at], _places[at + 1], _places[at + 2]) = (partner, box.Top, box.Bottom);
        (_places[at + 3], _places[at + 4]) = (box.Left, box.Right);
    }

    private CutMixBox DrawBox(ref CounterRandom random) => options.CutMixMaximum > 0
        ? CutMixBox.DrawSides(ref random, options.CutMixMinimum, options.CutMixMaximum, height, width)
        : CutMixBox.Draw(ref random, BetaDistribution.Draw(ref random, options.CutMix), height, width);
}
