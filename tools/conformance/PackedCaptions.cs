using System.Runtime.InteropServices;

namespace Avion.ConformanceTool;

/// <summary>Padded rows of tokens as captions end to end: each up to and including its first end-of-text token, the highest.</summary>
internal sealed unsafe class PackedCaptions : IDisposable
{
    private readonly int[] _ids;
    private readonly int* _offsets;

    public PackedCaptions(IReadOnlyList<int[]> padded)
    {
        List<int> ids = [];
        _offsets = (int*)NativeMemory.Alloc((nuint)padded.Count + 1, sizeof(int));
        _offsets[0] = 0;
        for (int b = 0; b < padded.Count; b++)
        {
            int end = 0;
            for (int i = 1; i < padded[b].Length; i++)
            {
                end = padded[b][i] > padded[b][end] ? i : end;
            }

            ids.AddRange(padded[b].AsSpan(0, end + 1));
            _offsets[b + 1] = ids.Count;
        }

        _ids = [.. ids];
        Offsets = new SequenceOffsets(_offsets, padded.Count);
    }

    public SequenceOffsets Offsets { get; }

    public Tensor Ids(Tape tape)
    {
        Tensor ids = tape.Allocate(new Shape(_ids.Length), ElementType.Int32);
        tape.Device.Upload(_ids, ids);
        return ids;
    }

    public void Dispose() => NativeMemory.Free(_offsets);
}
