namespace Avion.Training;

/// <summary>B clips as the loss of a task reads them: tensors of its device, and labels on the host.</summary>
public readonly unsafe struct BatchTensors
{
    /// <summary>B.</summary>
    public required int Count { get; init; }

    /// <summary>The clips, uint8 [B, T, 3, H, W].</summary>
    public required Tensor Pixels { get; init; }

    /// <summary>The tokens of all captions, int32 [N].</summary>
    public required Tensor TokenIds { get; init; }

    /// <summary>Where each caption begins.</summary>
    public required SequenceOffsets Captions { get; init; }

    /// <summary>L, labels of a clip.</summary>
    public required int LabelCount { get; init; }

    internal int* Labels { get; init; }

    /// <summary>The pixels in host memory; null on a device that plans.</summary>
    internal byte* HostPixels { get; init; }

    /// <summary>The labels on the host, [B, L]; -1 where unknown. For <see cref="TrainingTask.Prepare"/>, which makes targets of them.</summary>
    public ReadOnlySpan<int> HostLabels => new(Labels, Count * LabelCount);

    /// <summary>The pixels of a clip on the host, [T, 3, H, W]; empty on a device that plans. For <see cref="TrainingTask.Prepare"/>.</summary>
    public ReadOnlySpan<byte> HostPixelsOf(int clip)
    {
        int bytes = (int)(Pixels.Count / Count);
        return HostPixels is null ? [] : new ReadOnlySpan<byte>(HostPixels + ((long)clip * bytes), bytes);
    }

    /// <summary>A batch of the loader. Where the device can address host memory it is used in place; the batch must outlive the step.</summary>
    public static BatchTensors Of(ClipBatch batch, Tape tape, SequenceTable captions) => new()
    {
        Count = batch.Count,
        Pixels = PixelsOf(batch, tape),
        TokenIds = tape.Import((nint)batch.TokenIdPointer, new Shape(batch.TokenCount), ElementType.Int32),
        Captions = captions.Set(new ReadOnlySpan<int>(batch.TokenOffsetPointer, batch.Count + 1)),
        LabelCount = batch.LabelCount,
        Labels = batch.LabelPointer,
        HostPixels = batch.Pixels,
    };

    /// <summary>The clips of a batch of the loader alone.</summary>
    public static Tensor PixelsOf(ClipBatch batch, Tape tape) => tape.Import(
        (nint)batch.Pixels, new Shape(batch.Count, batch.FrameCount, 3, batch.Height, batch.Width), ElementType.UInt8);
}
