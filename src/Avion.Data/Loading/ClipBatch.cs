namespace Avion.Data;

/// <summary>B clips with their captions and labels, in one block of native memory that goes back to its loader when disposed.</summary>
/// <remarks>
/// B clips · T frames · H rows · W columns · N tokens of the batch · L labels a clip.
/// Pixels are uint8 [B, T, 3, H, W]. Captions lie end to end without padding: clip b's tokens are TokenOffsets[b] … TokenOffsets[b + 1]
/// - 1, beginning with start-of-text and ending with end-of-text, whose row is EndOfTextRows[b].
/// Pointers stay valid until <see cref="Dispose"/>; the pixels' address is that of a buffer from the loader's pool and comes again.
/// </remarks>
public sealed unsafe class ClipBatch : IDisposable
{
    private readonly StepQueue _owner;
    private readonly BatchLayout _layout;
    private readonly nint _memory;
    private readonly int[] _tokenCounts;
    private int _lent;

    /// <summary>Work units that decode threads have yet to finish.</summary>
    internal int UnitsLeft;

    internal ClipBatch(StepQueue owner, LoaderStep step, int rank, BatchPlan plan, in BatchLayout layout, nint memory)
    {
        (_owner, Step, Rank, Plan) = (owner, step, rank, plan);
        _layout = layout;
        _memory = memory;
        _tokenCounts = new int[layout.Capacity];
    }

    /// <summary>B: clips in this batch.</summary>
    public int Count { get; private set; }

    /// <summary>T: frames of a clip.</summary>
    public int FrameCount => _layout.FrameCount;

    /// <summary>H: rows of a frame.</summary>
    public int Height => _layout.Height;

    /// <summary>W: columns of a frame.</summary>
    public int Width => _layout.Width;

    /// <summary>L: labels of a clip.</summary>
    public int LabelCount => _layout.LabelCount;

    /// <summary>Which step of which epoch this is.</summary>
    public RunPosition Position { get; private set; }

    /// <summary>Bytes of one clip: T·3·H·W.</summary>
    public int ClipBytes => _layout.ClipBytes;

    /// <summary>Bytes of all clips of this batch.</summary>
    public long PixelBytes => (long)Count * ClipBytes;

    /// <summary>The pixels, uint8 [B, T, 3, H, W].</summary>
    public byte* Pixels => (byte*)(_memory + _layout.PixelsAt);

    /// <summary>N: tokens of the batch.</summary>
    public int TokenCount => TokenOffsetPointer[Count];

    /// <summary>Token numbers, int32 [N].</summary>
    public int* TokenIdPointer => (int*)(_memory + _layout.TokensAt);

    /// <summary>Where each caption begins, int32 [B + 1].</summary>
    public int* TokenOffsetPointer => (int*)(_memory + _layout.OffsetsAt);

    /// <summary>Row of each caption's end-of-text token, int32 [B]; -1 for a clip without caption.</summary>
    public int* EndOfTextPointer => (int*)(_memory + _layout.EndRowsAt);

    /// <summary>Class labels, int32 [B, L]; -1 where unknown.</summary>
    public int* LabelPointer => (int*)(_memory + _layout.LabelsAt);

    /// <inheritdoc cref="TokenIdPointer"/>
    public ReadOnlySpan<int> TokenIds => new(TokenIdPointer, TokenCount);

    /// <inheritdoc cref="TokenOffsetPointer"/>
    public ReadOnlySpan<int> TokenOffsets => new(TokenOffsetPointer, Count + 1);

    /// <inheritdoc cref="EndOfTextPointer"/>
    public ReadOnlySpan<int> EndOfTextRows => new(EndOfTextPointer, Count);

    /// <inheritdoc cref="LabelPointer"/>
    public ReadOnlySpan<int> Labels => new(LabelPointer, Count * LabelCount);

    /// <summary>Number of each sample in the data set, int64 [B].</summary>
    public ReadOnlySpan<long> SampleIds => new(SampleIdPointer, Count);

    /// <inheritdoc cref="SampleIds"/>
    public long* SampleIdPointer => (long*)(_memory + _layout.SampleIdsAt);

    /// <summary>Number of each drawn caption, int32 [B]; -1 where there is none.</summary>
    public ReadOnlySpan<int> CaptionIds => new(CaptionIdPointer, Count);

    /// <inheritdoc cref="CaptionIds"/>
    public int* CaptionIdPointer => (int*)(_memory + _layout.CaptionIdsAt);

    /// <summary>How well each drawn caption describes its clip, 0 to 1, float [B].</summary>
    public ReadOnlySpan<float> Relevances => new((float*)(_memory + _layout.RelevancesAt), Count);

    /// <summary>1 for a clip that could not be read and is black, byte [B]; see <see cref="BadClipPolicy.Mark"/>.</summary>
    public ReadOnlySpan<byte> Missing => new((byte*)(_memory + _layout.MissingAt), Count);

    /// <summary>Clips of this batch that are marked as missing.</summary>
    public int MissingCount => Missing.Count((byte)1);

    /// <summary>The clips of this batch that could not be read, in the order of their places, with the reason of each.</summary>
    public IEnumerable<BadClip> BadClips =>
        Step.Problems.Where(problem => problem.Place % Plan.WorldSize == Plan.Rank).Select(problem => problem.Clip);

    /// <summary>Bad clips of the run up to and with this step, over all ranks.</summary>
    public long BadClipsSoFar { get; internal set; }

    /// <summary>The step that the batch is part of.</summary>
    internal LoaderStep Step { get; }

    /// <summary>Whose batch it is, among the ranks of this process.</summary>
    internal int Rank { get; }

    /// <summary>Which sample stands in which slot.</summary>
    internal BatchPlan Plan { get; }

    internal nint Memory => _memory;

    internal bool IsLent => Volatile.Read(ref _lent) == 1;

    /// <summary>The pixels of one clip, uint8 [T, 3, H, W].</summary>
    public Span<byte> Clip(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ClipRoom(index);
    }

    /// <summary>Gives the buffer back to the loader. Safe to call twice.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _lent, 0) == 1)
        {
            _owner.Return(this);
        }
    }

    internal void Lend() => Volatile.Write(ref _lent, 1);

    internal void Begin(RunPosition position)
    {
        Position = position;
        Count = Plan.ClipCount(position.Step);
        UnitsLeft = Count / Plan.Repeats;
        _tokenCounts.AsSpan().Clear();
        TokenOffsetPointer[0] = 0;
    }

    internal Span<byte> ClipRoom(int slot) => new(Pixels + ((long)slot * ClipBytes), ClipBytes);

    /// <summary>Room for one caption while the batch fills; <see cref="PackTokens"/> then closes the gaps.</summary>
    internal Span<int> CaptionRoom(int slot) => new(TokenIdPointer + ((long)slot * _layout.ContextLength), _layout.ContextLength);

    internal void Describe(int slot, ClipRequest request, int tokenCount, bool missing)
    {
        _tokenCounts[slot] = tokenCount;
        ((long*)(_memory + _layout.SampleIdsAt))[slot] = request.SampleId;
        ((int*)(_memory + _layout.CaptionIdsAt))[slot] = request.CaptionId;
        ((float*)(_memory + _layout.RelevancesAt))[slot] = request.Relevance;
        ((byte*)(_memory + _layout.MissingAt))[slot] = missing ? (byte)1 : (byte)0;
        request.Labels.CopyTo(new Span<int>(LabelPointer + ((long)slot * LabelCount), LabelCount));
    }

    /// <summary>Moves the captions together, in slot order, and writes offsets and end rows.</summary>
    internal void PackTokens()
    {
        int total = 0;
        for (int slot = 0; slot < Count; slot++)
        {
            TokenOffsetPointer[slot] = total;
            int length = _tokenCounts[slot];

            // A caption never moves to a higher address, so moving in slot order overwrites nothing that is still needed.
            CaptionRoom(slot)[..length].CopyTo(new Span<int>(TokenIdPointer + total, length));
            total += length;
            EndOfTextPointer[slot] = length > 0 ? total - 1 : -1;
        }

        TokenOffsetPointer[Count] = total;
    }
}
