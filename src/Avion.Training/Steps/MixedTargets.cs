namespace Avion.Training;

/// <summary>The wanted distributions over classes when each sample of a batch is mixed with the one in its mirrored place.</summary>
/// <remarks>
/// target[b] = share · q(label[b]) + (1 - share) · q(label[B - 1 - b]); q has smoothing / C everywhere and 1 - smoothing more at the label.
/// Source: Zhang et al. 2018, "mixup" (arXiv:1710.09412); label smoothing of Szegedy et al. 2016, section 7 (arXiv:1512.00567).
/// </remarks>
public static class MixedTargets
{
    /// <summary>Fills the targets.</summary>
    /// <param name="labels">Label of each sample.</param>
    /// <param name="classCount">C.</param>
    /// <param name="share">Share of a sample's own label; 1 for samples that are not mixed.</param>
    /// <param name="smoothing">Label smoothing, 0 for none.</param>
    /// <param name="targets">[B, C].</param>
    /// <exception cref="ArgumentException">A label is no class, or the sizes do not go together.</exception>
    public static void Fill(ReadOnlySpan<int> labels, int classCount, float share, float smoothing, Span<float> targets)
    {
        if (targets.Length != labels.Length * classCount || labels.ContainsAnyExceptInRange(0, classCount - 1))
        {
            throw new ArgumentException($"MixedTargets: {labels.Length} labels of {classCount} classes do not fit {targets.Length} targets, "
                + $"or a label is outside of 0 to {classCount - 1}.");
        }

        targets.Fill(smoothing / classCount);
        for (int b = 0; b < labels.Length; b++)
        {
            targets[(b * classCount) + labels[b]] += share * (1 - smoothing);
            targets[(b * classCount) + labels[labels.Length - 1 - b]] += (1 - share) * (1 - smoothing);
        }
    }
}
