namespace Avion.Training;

/// <summary>A batch of the loader as tensors of a device.</summary>
internal static unsafe class BatchTensors
{
    /// <summary>The clips, uint8 [B, T, 3, H, W]. Where the device can address host memory they are
    /// used in place; the batch must outlive the step.</summary>
    public static Tensor Pixels(this ClipBatch batch, Tape tape) => tape.Import(
        (nint)batch.Pixels, new Shape(batch.Count, batch.FrameCount, 3, batch.Height, batch.Width), ElementType.UInt8);

    /// <summary>The tokens of all captions, int32 [N].</summary>
    public static Tensor TokenIds(this ClipBatch batch, Tape tape) =>
        tape.Import((nint)batch.TokenIdPointer, new Shape(batch.TokenCount), ElementType.Int32);

    /// <summary>Where each caption begins.</summary>
    public static SequenceOffsets Captions(this ClipBatch batch) => new(batch.TokenOffsetPointer, batch.Count);
}
