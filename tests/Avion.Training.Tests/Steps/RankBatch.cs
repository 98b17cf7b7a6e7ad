using System.Runtime.InteropServices;

namespace Avion.Training.Tests;

/// <summary>The clips that a rank takes of a batch: every so many-th, from its own number on.</summary>
internal sealed unsafe class RankBatch : IDisposable
{
    private readonly void* _pixels, _tokens;
    private readonly SequenceTable _captions;

    /// <summary>Copies the rank's clips of a batch in host memory whose captions all have one length.</summary>
    public RankBatch(Device device, in BatchTensors batch, int rank, int rankCount)
    {
        int count = batch.Count / rankCount, length = batch.Captions.Length(0);
        long clipBytes = batch.Pixels.ByteCount / batch.Count;
        _pixels = NativeMemory.Alloc((nuint)(count * clipBytes));
        _tokens = NativeMemory.Alloc((nuint)(count * length * sizeof(int)));
        _captions = new SequenceTable(device);
        for (int clip = 0; clip < count; clip++)
        {
            int from = (clip * rankCount) + rank;
            Buffer.MemoryCopy((byte*)batch.Pixels.Data + (from * clipBytes), (byte*)_pixels + (clip * clipBytes), clipBytes, clipBytes);
            new ReadOnlySpan<int>((int*)batch.TokenIds.Data + (from * length), length).CopyTo(
                new Span<int>((int*)_tokens + (clip * length), length));
        }

        Shape clips = batch.Pixels.Shape;
        Tensors = batch with
        {
            Count = count,
            Pixels = Tensor.Wrap((nint)_pixels, new Shape(count, clips[1], clips[2], clips[3], clips[4]), ElementType.UInt8),
            TokenIds = Tensor.Wrap((nint)_tokens, new Shape(count * length), ElementType.Int32),
            Captions = _captions.Set([.. Enumerable.Range(0, count + 1).Select(clip => clip * length)]),
        };
    }

    public BatchTensors Tensors { get; }

    public void Dispose()
    {
        _captions.Dispose();
        NativeMemory.Free(_pixels);
        NativeMemory.Free(_tokens);
    }
}
