namespace Avion.Models;

/// <summary>Leaves out patches of every clip during training, at random: fewer tokens, a cheaper step.</summary>
/// <remarks>
/// The class token and the patches that are not dropped are kept. Draws come from the step and the clip's number in it, so a resumed run
/// draws the same on any number of ranks. Source: Li et al. 2023, "Scaling language-image pre-training via masking" (arXiv:2212.00794).
/// </remarks>
internal sealed class PatchDropping : IDisposable
{
    private readonly int _patchCount;
    private readonly float _rate;

    // One for every number of kept tokens that was ever asked for: a step may still hold those of the step before.
    private readonly Dictionary<int, ClipOffsets> _offsets = [];

    /// <summary>Serves clips of a class token and so many patches, of which a share is left out.</summary>
    public PatchDropping(int patchCount, float rate) => (_patchCount, _rate) = (patchCount, rate);

    /// <summary>Whether a step leaves anything out.</summary>
    public bool AppliesTo(in StepContext context) => context is { IsTraining: true, KeepsAllPatches: false } && _rate > 0;

    /// <summary>Gathers the kept rows of [B·(1 + S), D] and tells where each clip's begin.</summary>
    public Tensor Keep(Tape tape, Tensor tokens, int clipCount, out SequenceOffsets offsets)
    {
        int kept = 1 + PatchDropout.KeptCount(_patchCount, _rate);
        if (!_offsets.TryGetValue(kept, out ClipOffsets? table))
        {
            table = new ClipOffsets(kept);
            _offsets.Add(kept, table);
        }

        offsets = table.For(tape.Device, clipCount);
        return tape.GatherRows(tokens, tape.DrawKeptRows(clipCount, classTokenCount: 1, _patchCount, _rate));
    }

    public void Dispose()
    {
        foreach (ClipOffsets offsets in _offsets.Values)
        {
            offsets.Dispose();
        }
    }
}
