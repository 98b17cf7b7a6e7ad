using System.Runtime.InteropServices;

namespace Avion.Models;

// Legend: B clips, N tokens of a clip, R visible tokens, M decoder tokens, P predicted tokens, all of all clips.

/// <summary>Which tokens of a batch of clips are visible, which enter the decoder as mask tokens,
/// and which are predicted, as row numbers.</summary>
/// <remarks>
/// Tokens keep the order of the raster within each clip; the decoder gets visible and hidden ones in that order, which changes no
/// prediction, for attention knows order through positions alone. Filled before a step; memory is kept between steps.
/// </remarks>
public sealed class MaskPlan : IDisposable
{
    private readonly int _tokenCount, _maximumClips;
    private readonly MirroredTable _visibleRows, _visiblePositions, _decoderSources, _decoderPositions, _predictedRows,
        _predictedDecoderRows, _allRows;
    private readonly SequenceTable _visibleTable, _decoderTable;
    private readonly int[] _visibleStarts, _decoderStarts;
    private int _visibleCount, _decoderCount, _predictedCount;

    /// <summary>Takes memory for batches of at most so many clips.</summary>
    /// <param name="device">Where the loss is computed.</param>
    /// <param name="tokenCount">N.</param>
    /// <param name="maximumClips">The largest B.</param>
    public MaskPlan(Device device, int tokenCount, int maximumClips)
    {
        (_tokenCount, _maximumClips) = (tokenCount, maximumClips);
        int total = checked(tokenCount * maximumClips);
        (_visibleRows, _visiblePositions, _decoderSources) = (new(device, total), new(device, total), new(device, total));
        (_decoderPositions, _predictedRows, _predictedDecoderRows) = (new(device, total), new(device, total), new(device, total));
        (_visibleTable, _decoderTable) = (new SequenceTable(device), new SequenceTable(device));
        (_visibleStarts, _decoderStarts) = (new int[maximumClips + 1], new int[maximumClips + 1]);
        _allRows = new MirroredTable(device, total);
        for (int row = 0; row < total; row++)
        {
            _allRows.Span[row] = row;
        }

        _allRows.Send(0, total);
    }

    /// <summary>B.</summary>
    public int ClipCount { get; private set; }

    /// <summary>R, M, P.</summary>
    public (int Visible, int Decoder, int Predicted) Counts => (_visibleCount, _decoderCount, _predictedCount);

    /// <summary>Row of each visible token among all tokens [B·N].</summary>
    internal Tensor VisibleRows => _visibleRows.Device(0, _visibleCount);

    /// <summary>Place of each visible token in its clip.</summary>
    internal Tensor VisiblePositions => _visiblePositions.Device(0, _visibleCount);

    /// <summary>For each decoder token the visible token that stands there, or -1.</summary>
    internal Tensor DecoderSources => _decoderSources.Device(0, _decoderCount);

    /// <summary>Place of each decoder token in its clip.</summary>
    internal Tensor DecoderPositions => _decoderPositions.Device(0, _decoderCount);

    /// <summary>Row of each predicted token among all tokens.</summary>
    internal Tensor PredictedRows => _predictedRows.Device(0, _predictedCount);

    /// <summary>Row of each predicted token among the decoder's.</summary>
    internal Tensor PredictedDecoderRows => _predictedDecoderRows.Device(0, _predictedCount);

    /// <summary>The rows of all tokens.</summary>
    internal Tensor AllRows => _allRows.Device(0, ClipCount * _tokenCount);

    internal SequenceOffsets VisibleOffsets { get; private set; }

    internal SequenceOffsets DecoderOffsets { get; private set; }

    /// <summary>Takes the masks of a batch; every hidden token is predicted.</summary>
    /// <param name="hidden">[B·N]: true where the encoder does not see the token.</param>
    public void Set(ReadOnlySpan<bool> hidden) => Set(hidden, hidden);

    /// <summary>Takes the masks of a batch where only some of the hidden tokens enter the decoder and are predicted.</summary>
    /// <param name="hidden">[B·N]: true where the encoder does not see the token.</param>
    /// <param name="predicted">[B·N]: true where a hidden token is predicted.</param>
    /// <exception cref="ArgumentException">A clip has no visible token, or a visible token is to be predicted.</exception>
    public void Set(ReadOnlySpan<bool> hidden, ReadOnlySpan<bool> predicted)
    {
        if (hidden.Length != predicted.Length || hidden.Length % _tokenCount != 0 || hidden.Length / _tokenCount > _maximumClips)
        {
            throw new ArgumentException($"Masks of {hidden.Length} and {predicted.Length} tokens do not fit up to {_maximumClips} clips "
                + $"of {_tokenCount}.");
        }

        ClipCount = hidden.Length / _tokenCount;
        (_visibleCount, _decoderCount, _predictedCount) = (0, 0, 0);
        for (int clip = 0; clip < ClipCount; clip++)
        {
            for (int position = 0; position < _tokenCount; position++)
            {
                Add((clip * _tokenCount) + position, position, hidden[(clip * _tokenCount) + position],
                    predicted[(clip * _tokenCount) + position]);
            }

            _visibleStarts[clip + 1] = _visibleCount;
            _decoderStarts[clip + 1] = _decoderCount;
            if (_visibleStarts[clip] == _visibleCount)
            {
                throw new ArgumentException($"The mask of clip {clip} hides all of its {_tokenCount} tokens; "
                    + "at least one must be visible.");
            }
        }

        Send();
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _visibleTable.Dispose();
        _decoderTable.Dispose();
        foreach (MirroredTable table in (MirroredTable[])[_visibleRows, _visiblePositions, _decoderSources, _decoderPositions,
            _predictedRows, _predictedDecoderRows, _allRows])
        {
            table.Dispose();
        }
    }

    /// <summary>Sends everything to the device, once for each batch.</summary>
    private void Send()
    {
        VisibleOffsets = _visibleTable.Set(_visibleStarts.AsSpan(0, ClipCount + 1));
        DecoderOffsets = _decoderTable.Set(_decoderStarts.AsSpan(0, ClipCount + 1));
        _visibleRows.Send(0, _visibleCount);
        _visiblePositions.Send(0, _visibleCount);
        _decoderSources.Send(0, _decoderCount);
        _decoderPositions.Send(0, _decoderCount);
        _predictedRows.Send(0, _predictedCount);
        _predictedDecoderRows.Send(0, _predictedCount);
    }

    private void Add(int row, int position, bool isHidden, bool isPredicted)
    {
        if (!isHidden)
        {
            if (isPredicted)
            {
                throw new ArgumentException($"Token {position} of a clip is visible and to be predicted; "
                    + "only hidden tokens are predicted.");
            }

            _visibleRows.Span[_visibleCount] = row;
            _visiblePositions.Span[_visibleCount] = position;
        }

        if (!isHidden || isPredicted)
        {
            _decoderSources.Span[_decoderCount] = isHidden ? -1 : _visibleCount++;
            _decoderPositions.Span[_decoderCount] = position;
            if (isPredicted)
            {
                _predictedRows.Span[_predictedCount] = row;
                _predictedDecoderRows.Span[_predictedCount++] = _decoderCount;
            }

            _decoderCount++;
        }
    }
}
