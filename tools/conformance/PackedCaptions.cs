namespace Avion.ConformanceTool;

/// <summary>Padded rows of tokens as captions end to end: each up to and including its first end-of-text token, the highest.</summary>
internal sealed class PackedCaptions : IDisposable
{
    private readonly int[] _ids;
    private readonly SequenceTable _table;

    public PackedCaptions(IReadOnlyList<int[]> padded, Device device)
    {
        List<int> ids = [];
        int[] offsets = new int[padded.Count + 1];
        for (int b = 0; b < padded.Count; b++)
        {
            int end = 0;
            for (int i = 1; i < padded[b].Length; i++)
            {
                end = padded[b][i] > padded[b][end] ? i : end;
            }

            ids.AddRange(padded[b].AsSpan(0, end + 1));
            offsets[b + 1] = ids.Count;
        }

        _ids = [.. ids];
        _table = new SequenceTable(device);
        Offsets = _table.Set(offsets);
    }

    public SequenceOffsets Offsets { get; }

    public Tensor Ids(Tape tape)
    {
        Tensor ids = tape.Allocate(new Shape(_ids.Length), ElementType.Int32);
        tape.Device.Upload(_ids, ids);
        return ids;
    }

    public void Dispose() => _table.Dispose();
}
