namespace Avion.Training;

/// <summary>A batch of the loader as tensors of a device.</summary>
internal static unsafe class BatchTensors
{
    /// <summary>The clips, uint8 [B, T, 3, H, W]. Where the device can address host memory they are
    /// used in place; the batch must outlive the step.</summary>
    public static Tensor Pixels(this ClipBatch batch, Tape tape)
    {
        Shape shape = new(batch.Count, batch.FrameCount, 3, batch.Height, batch.Width);
        if (tape.Device is HostDevice or PlanningDevice)
        {
            return Tensor.Wrap((nint)batch.Pixels, shape, ElementType.UInt8);
        }

        Tensor pixels = tape.Allocate(shape, ElementType.UInt8);
        tape.Device.Upload(new ReadOnlySpan<byte>(batch.Pixels, checked((int)batch.PixelBytes)), pixels);
        return pixels;
    }

    /// <summary>The tokens of all captions, int32 [N].</summary>
    public static Tensor TokenIds(this ClipBatch batch, Tape tape)
    {
        Shape shape = new(batch.TokenCount);
        if (tape.Device is HostDevice or PlanningDevice)
        {
            return Tensor.Wrap((nint)batch.TokenIdPointer, shape, ElementType.Int32);
        }

        Tensor ids = tape.Allocate(shape, ElementType.Int32);
        tape.Device.Upload(batch.TokenIds, ids);
        return ids;
    }

    /// <summary>Where each caption begins.</summary>
    public static SequenceOffsets Captions(this ClipBatch batch) => new(batch.TokenOffsetPointer, batch.Count);
}
