namespace Avion.Training;

/// <summary>The wanted distributions over classes when samples of a batch are mixed with one another.</summary>
/// <remarks>
/// target[b] = share[b] · q(label[b]) + (1 - share[b]) · q(label[partner[b]]); q has smoothing / C everywhere and 1 - smoothing more at the
/// label.
/// Source: Zhang et al. 2018, "mixup" (arXiv:1710.09412); label smoothing of Szegedy et al. 2016, section 7 (arXiv:1512.00567).
/// </remarks>
public static class MixedTargets
{
    /// <summary>Fills the targets of samples that are mixed with the one in the mirrored place of the batch.</summary>
    /// <param name="labels">Label of each sample.</param>
    /// <param name="classCount">C.</param>
    /// <param name="share">Share of a sample's own label; 1 for samples that are not mixed.</param>
    /// <param name="smoothing">Label smoothing, 0 for none.</param>
    /// <param name="targets">[B, C].</param>
    /// <exception cref="ArgumentException">A label is no class, or the sizes do not go together.</exception>
    public static void Fill(ReadOnlySpan<int> labels, int classCount, float share, float smoothing, Span<float> targets)
    {
        Begin(labels, classCount, smoothing, targets);
        for (int b = 0; b < labels.Length; b++)
        {
            Add(targets.Slice(b * classCount, classCount), labels[b], labels[labels.Length - 1 - b], share, smoothing);
        }
    }

    /// <summary>Fills the targets.</summary>
    /// <param name="labels">Label of each sample.</param>
    /// <param name="partners">For each sample the one that it is mixed with.</param>
    /// <param name="shares">Share of each sample's own label; 1 for those that are not mixed.</param>
    /// <param name="classCount">C.</param>
    /// <param name="smoothing">Label smoothing, 0 for none.</param>
    /// <param name="targets">[B, C].</param>
    /// <exception cref="ArgumentException">A label is no class, or the sizes do not go together.</exception>
    public static void Fill(ReadOnlySpan<int> labels, ReadOnlySpan<int> partners, ReadOnlySpan<float> shares, int classCount,
        float smoothing, Span<float> targets)
    {
        Begin(labels, classCount, smoothing, targets);
        for (int b = 0; b < labels.Length; b++)
        {
            Add(targets.Slice(b * classCount, classCount), labels[b], labels[partners[b]], shares[b], smoothing);
        }
    }

    private static void Begin(ReadOnlySpan<int> labels, int classCount, float smoothing, Span<float> targets)
    {
        if (targets.Length != labels.Length * classCount || labels.ContainsAnyExceptInRange(0, classCount - 1))
        {
            throw new ArgumentException($"MixedTargets: {labels.Length} labels of {classCount} classes do not fit {targets.Length} "
                + $"targets, or a label is outside of 0 to {classCount - 1}.");
        }

        targets.Fill(smoothing / classCount);
    }

    private static void Add(Span<float> target, int own, int other, float share, float smoothing)
    {
        target[own] += share * (1 - smoothing);
        target[other] += (1 - share) * (1 - smoothing);
    }
}
