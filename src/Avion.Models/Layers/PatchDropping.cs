namespace Avion.Models;

/// <summary>Leaves out patches of every clip during training, at random: fewer tokens, a cheaper step.</summary>
/// <remarks>
/// Draws come from (seed, step, clip), so a resumed run draws the same. Source: Li et al. 2023, "Scaling language-image pre-training via
/// masking" (arXiv:2212.00794).
/// </remarks>
public sealed class PatchDropping
{
    /// <summary>The share of a clip's patches that are left out, from 0 up to but not including 1. 0 for evaluation.</summary>
    public float Rate { get; set; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; set; }

    /// <summary>The step, set before each forward pass.</summary>
    public long Step { get; set; }

    /// <summary>Place of the first clip in the step's batch, over all ranks.</summary>
    public int FirstClip { get; set; }
}

/// <summary>Keeps some tokens of each clip: the class token and the patches that are not dropped.</summary>
internal sealed class PatchSelection : IDisposable
{
    private readonly int _patchCount;

    // One for every number of kept tokens that was ever asked for: a step may still hold those of the step before.
    private readonly Dictionary<int, ClipOffsets> _offsets = [];
    private int[] _rows = [];

    /// <summary>Serves clips of a class token and so many patches.</summary>
    public PatchSelection(int patchCount) => _patchCount = patchCount;

    /// <summary>Gathers the kept rows of [B·(1 + S), D] and tells where each clip's begin.</summary>
    public Tensor Keep(Tape tape, Tensor tokens, int clipCount, PatchDropping dropping, out SequenceOffsets offsets)
    {
        int kept = 1 + PatchDropout.KeptCount(_patchCount, dropping.Rate), total = checked(clipCount * kept);
        if (!_offsets.TryGetValue(kept, out ClipOffsets? table))
        {
            table = new ClipOffsets(kept);
            _offsets.Add(kept, table);
        }

        if (_rows.Length < total)
        {
            _rows = new int[total];
        }

        Span<int> rows = _rows.AsSpan(0, total);
        PatchDropout.Draw(dropping.Seed, dropping.Step, dropping.FirstClip, clipCount, classTokenCount: 1, _patchCount,
            dropping.Rate, rows);
        Tensor numbers = tape.Allocate(new Shape(total), ElementType.Int32);
        tape.Device.Upload((ReadOnlySpan<int>)rows, numbers);
        offsets = table.For(clipCount);
        return tape.GatherRows(tokens, numbers);
    }

    public void Dispose()
    {
        foreach (ClipOffsets offsets in _offsets.Values)
        {
            offsets.Dispose();
        }
    }
}
