namespace Avion.Training;

/// <summary>Which row and column of the matrix of relevancies each pair of a batch is, and the matrix itself, on one device.</summary>
internal sealed unsafe class PairTable : IDisposable
{
    private readonly Device _device;
    private readonly Tape _memory;
    private readonly RelevantCaptions? _relevancy;
    private readonly Tensor _codes, _levels;
    private MirroredTable? _pairs;
    private int _count;

    /// <summary>Puts the matrix on the device; where that addresses host memory, its ranks share one.</summary>
    /// <param name="device">Where the loss is computed.</param>
    /// <param name="relevancy">The matrix; null for made-up clips, which have none.</param>
    public PairTable(Device device, RelevantCaptions? relevancy)
    {
        (_device, _relevancy) = (device, relevancy);
        _memory = new Tape(device);
        _levels = _memory.AllocateStatistics(new Shape(RelevancyLevels.Capacity));
        if (relevancy is null)
        {
            _codes = _memory.Allocate(new Shape(1, 1), ElementType.UInt8);
            device.Clear(_codes);
            device.Clear(_levels);
            return;
        }

        device.Upload(relevancy.Levels, _levels);
        fixed (byte* codes = relevancy.Codes)
        {
            // The codes are pinned and the table keeps them alive.
            _codes = _memory.Import((nint)codes, new Shape(relevancy.RowCount, relevancy.ColumnCount), ElementType.UInt8);
        }
    }

    /// <summary>Takes the pairs of a batch; before the step.</summary>
    public void Set(in BatchTensors batch)
    {
        _count = batch.Count;
        if (_pairs is null || _pairs.Capacity < 2 * _count)
        {
            _pairs?.Dispose();
            _pairs = new MirroredTable(_device, 2 * _count);
        }

        for (int i = 0; i < _count; i++)
        {
            // Captions beyond the sentences are clips' own; they have no column.
            bool isMadeUp = _relevancy is null || batch.HostSampleIds.Length == 0;
            int caption = isMadeUp ? -1 : batch.HostCaptionIds[i];
            _pairs.Host[2 * i] = isMadeUp ? 0 : checked((int)batch.HostSampleIds[i]);
            _pairs.Host[(2 * i) + 1] = isMadeUp || caption >= _relevancy!.Sentences.Count ? -1 : caption;
        }

        _pairs.Send(0, 2 * _count);
    }

    /// <summary>How relevant each caption of the step is to each clip of it, over all ranks, [n, n]: row t, column v.</summary>
    public Tensor Relevancy(Tape tape)
    {
        Tensor pairs = _pairs!.Device(0, 2 * _count).Reshape(new Shape(_count, 2));
        if (tape.Context is { RankCount: > 1, Communicator: { } ranks })
        {
            Tensor all = tape.Allocate(new Shape(checked(_count * ranks.RankCount), 2), ElementType.Int32);
            ranks.AllGather(pairs, all);
            pairs = all;
        }

        return tape.RelevancyOfPairs(_codes, _levels, pairs);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _pairs?.Dispose();
        _memory.Dispose();
    }
}
