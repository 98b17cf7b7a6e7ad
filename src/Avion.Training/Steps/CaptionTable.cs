namespace Avion.Training;

/// <summary>The captions of a batch as a step reads them: in place where the device addresses host memory, else a copy that is filled up to
/// a number of tokens that comes again.</summary>
/// <remarks>
/// B captions have N tokens, another number in each batch, while a step that is captured as a graph has fixed shapes. So N is rounded up to
/// a multiple of the power of two that is not less than B and the context length L, at most to B · L: batches of one kind then have two or
/// three sizes, and what is added is less than two tokens a caption, or than two captions of full length: little beside the tokens of
/// clips. It lies in sequences of its own behind the others (<see cref="SequenceOffsets.PaddingCount"/>): no caption sees it, nothing reads
/// it, and its gradients are zero.
/// </remarks>
/// <param name="device">Where the captions are read.</param>
/// <param name="contextLength">L; 0 where clips have no captions.</param>
public sealed unsafe class CaptionTable(Device device, int contextLength) : IDisposable
{
    private readonly SequenceTable _sequences = new(device);
    private MirroredTable? _tokens;
    private int[] _offsets = [];

    /// <summary>Whether tokens are read where the host has them.</summary>
    internal bool ReadsInPlace => device.AddressesHostMemory || contextLength == 0;

    /// <summary>Tokens of a batch that is filled up.</summary>
    /// <param name="tokens">N.</param>
    /// <param name="captions">B.</param>
    /// <param name="contextLength">L.</param>
    internal static int FilledCount(int tokens, int captions, int contextLength)
    {
        int step = StepOf(captions, contextLength);
        return (int)Math.Min((tokens + step - 1L) / step * step, (long)captions * contextLength);
    }

    /// <summary>Sequences that hold the tokens which are added, whatever their number.</summary>
    internal static int FillingCount(int captions, int contextLength) =>
        captions == 0 || contextLength == 0 ? 0 : (StepOf(captions, contextLength) - 1 + contextLength - 1) / contextLength;

    /// <summary>Takes captions; before a step.</summary>
    /// <param name="tokens">int32 [N] in host memory, which outlives the step where the device addresses it.</param>
    /// <param name="offsets">B + 1 offsets: the first 0, none smaller than the one before.</param>
    /// <param name="ids">The tokens on the device.</param>
    public SequenceOffsets Set(int* tokens, ReadOnlySpan<int> offsets, out Tensor ids)
    {
        int count = offsets[^1], captions = offsets.Length - 1;
        if (ReadsInPlace)
        {
            ids = Tensor.Wrap((nint)tokens, new Shape(count), ElementType.Int32);
            return _sequences.Set(offsets);
        }

        int filled = Math.Max(count, FilledCount(count, captions, contextLength)), added = FillingCount(captions, contextLength);
        Reserve(captions, added, filled);
        offsets.CopyTo(_offsets);
        for (int i = 1; i <= added; i++)
        {
            _offsets[captions + i] = Math.Min(filled, count + (i * contextLength));
        }

        new ReadOnlySpan<int>(tokens, count).CopyTo(_tokens!.Span);
        _tokens.Span[count..filled].Clear();
        _tokens.Send(0, filled);
        ids = _tokens.Device(0, filled);
        return _sequences.Set(_offsets.AsSpan(0, captions + added + 1), added, contextLength);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _tokens?.Dispose();
        _sequences.Dispose();
    }

    private static int StepOf(int captions, int contextLength) =>
        (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(captions, contextLength));

    private void Reserve(int captions, int added, int tokens)
    {
        if (_offsets.Length < captions + added + 1)
        {
            _offsets = new int[captions + added + 1];
        }

        // As many as there can be, so that the memory stays where it is.
        int capacity = Math.Max(tokens, checked(captions * contextLength));
        if (_tokens is null || _tokens.Capacity < capacity)
        {
            _tokens?.Dispose();
            _tokens = new MirroredTable(device, capacity);
        }
    }
}
