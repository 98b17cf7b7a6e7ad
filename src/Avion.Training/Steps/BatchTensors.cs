namespace Avion.Training;

/// <summary>B clips as the loss of a task reads them: tensors of its device, and labels on the host.</summary>
public readonly unsafe struct BatchTensors
{
    // More would not fit a stack; a part of so many clips computes for minutes, beside which an array is nothing.
    private const int StackedOffsets = 1 << 14;

    /// <summary>B.</summary>
    public required int Count { get; init; }

    /// <summary>The clips, uint8 [B, T, 3, H, W].</summary>
    public required Tensor Pixels { get; init; }

    /// <summary>The tokens of all captions, int32 [N], and of what fills them up.</summary>
    public required Tensor TokenIds { get; init; }

    /// <summary>Where each caption begins.</summary>
    public required SequenceOffsets Captions { get; init; }

    /// <summary>L, labels of a clip.</summary>
    public required int LabelCount { get; init; }

    internal int* Labels { get; init; }

    /// <summary>The pixels in host memory; null on a device that plans.</summary>
    internal byte* HostPixels { get; init; }

    /// <summary>The tokens in host memory.</summary>
    internal int* HostTokenIds { get; init; }

    /// <summary>The labels on the host, [B, L]; -1 where unknown. For <see cref="TrainingTask.Prepare"/>,
    /// which makes targets of them.</summary>
    public ReadOnlySpan<int> HostLabels => new(Labels, Count * LabelCount);

    /// <summary>The pixels of a clip on the host, [T, 3, H, W]; empty on a device that plans. For
    /// <see cref="TrainingTask.Prepare"/>.</summary>
    public ReadOnlySpan<byte> HostPixelsOf(int clip)
    {
        int bytes = (int)(Pixels.Count / Count);
        return HostPixels is null ? [] : new ReadOnlySpan<byte>(HostPixels + ((long)clip * bytes), bytes);
    }

    internal long* SampleIds { get; init; }

    internal int* CaptionIds { get; init; }

    /// <summary>Number of each clip in its data set, on the host, [B]; empty for made-up clips.</summary>
    public ReadOnlySpan<long> HostSampleIds => new(SampleIds, SampleIds == null ? 0 : Count);

    /// <summary>Number of each clip's drawn caption, on the host, [B]; -1 where there is none; empty for made-up clips.</summary>
    public ReadOnlySpan<int> HostCaptionIds => new(CaptionIds, CaptionIds == null ? 0 : Count);

    /// <summary>A batch of the loader. Where the device can address host memory it is used in place;
    /// the batch must outlive the step.</summary>
    public static BatchTensors Of(ClipBatch batch, Tape tape, SequenceTable captions) => new()
    {
        Count = batch.Count,
        Pixels = PixelsOf(batch, tape),
        TokenIds = tape.Import((nint)batch.TokenIdPointer, new Shape(batch.TokenCount), ElementType.Int32),
        Captions = captions.Set(new ReadOnlySpan<int>(batch.TokenOffsetPointer, batch.Count + 1)),
        LabelCount = batch.LabelCount,
        Labels = batch.LabelPointer,
        HostPixels = batch.Pixels,
        HostTokenIds = batch.TokenIdPointer,
        SampleIds = batch.SampleIdPointer,
        CaptionIds = batch.CaptionIdPointer,
    };

    /// <summary>Some of the clips, in the same memory.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="captions">Takes their captions.</param>
    public BatchTensors Part(int first, int count, CaptionTable captions)
    {
        int firstToken = Captions.Start(first);
        Shape clips = Pixels.Shape;
        Span<int> offsets = count < StackedOffsets ? stackalloc int[count + 1] : new int[count + 1];
        for (int clip = 0; clip <= count; clip++)
        {
            offsets[clip] = Captions.Start(first + clip) - firstToken;
        }

        SequenceOffsets sequences = captions.Set(
            (captions.ReadsInPlace ? (int*)TokenIds.Data : HostTokenIds) + firstToken, offsets, out Tensor ids);
        return this with
        {
            Count = count,
            Pixels = Pixels.Part(first * (Pixels.Count / Count), count * (Pixels.Count / Count))
                .Reshape(new Shape(count, clips[1], clips[2], clips[3], clips[4])),
            TokenIds = ids,
            Captions = sequences,
            Labels = Labels + ((long)first * LabelCount),
            HostTokenIds = HostTokenIds == null ? null : HostTokenIds + firstToken,
            HostPixels = HostPixels == null ? null : HostPixels + (first * (Pixels.Count / Count)),
            SampleIds = SampleIds == null ? null : SampleIds + first,
            CaptionIds = CaptionIds == null ? null : CaptionIds + first,
        };
    }

    /// <summary>The clips of a batch of the loader alone.</summary>
    public static Tensor PixelsOf(ClipBatch batch, Tape tape) => tape.Import(
        (nint)batch.Pixels, ShapeOf(batch), ElementType.UInt8);

    internal static Shape ShapeOf(ClipBatch batch) => new(batch.Count, batch.FrameCount, 3, batch.Height, batch.Width);
}
