namespace Avion.Training;

/// <summary>Where the batches of a rank lie while its steps read them: in the loader's memory where the device addresses it, else always at
/// one place of the device, to which the next batch travels beside the step before.</summary>
/// <param name="device">Where the rank computes.</param>
/// <param name="contextLength">Longest caption in tokens; 0 where clips have no captions.</param>
internal sealed unsafe class StepBatch(Device device, int contextLength) : IDisposable
{
    private readonly AheadCopy _pixels = new(device);
    private readonly CaptionTable _captions = new(device, contextLength);

    /// <summary>Brings a batch of the loader; it must outlive the step, which its result tells the end of.</summary>
    public BatchTensors Bring(ClipBatch batch)
    {
        SequenceOffsets captions = _captions.Set(
            batch.TokenIdPointer, new ReadOnlySpan<int>(batch.TokenOffsetPointer, batch.Count + 1), out Tensor ids);
        return new BatchTensors
        {
            Count = batch.Count,
            Pixels = _pixels.Bring((nint)batch.Pixels, BatchTensors.ShapeOf(batch), ElementType.UInt8),
            TokenIds = ids,
            Captions = captions,
            LabelCount = batch.LabelCount,
            Labels = batch.LabelPointer,
            HostPixels = batch.Pixels,
            HostTokenIds = batch.TokenIdPointer,
            SampleIds = batch.SampleIdPointer,
            CaptionIds = batch.CaptionIdPointer,
        };
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _pixels.Dispose();
        _captions.Dispose();
    }
}
