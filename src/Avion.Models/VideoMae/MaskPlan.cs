using System.Runtime.InteropServices;

namespace Avion.Models;

// Legend: B clips, N tokens of a clip, R visible tokens, M decoder tokens, P predicted tokens, all of all clips.

/// <summary>Which tokens of a batch of clips are visible, which enter the decoder as mask tokens,
/// and which are predicted, as row numbers.</summary>
/// <remarks>
/// Tokens keep the order of the raster within each clip; the decoder gets visible and hidden ones in that order, which changes no
/// prediction, for attention knows order through positions alone. Memory is kept between steps.
/// </remarks>
public sealed unsafe class MaskPlan : IDisposable
{
    private readonly int _tokenCount, _maximumClips;
    private readonly int[] _visibleRows, _visiblePositions, _decoderSources, _decoderPositions, _predictedRows, _predictedDecoderRows;
    private readonly int* _visibleOffsets, _decoderOffsets;
    private int _visibleCount, _decoderCount, _predictedCount;

    /// <summary>Takes memory for batches of at most so many clips.</summary>
    /// <param name="tokenCount">N.</param>
    /// <param name="maximumClips">The largest B.</param>
    public MaskPlan(int tokenCount, int maximumClips)
    {
        (_tokenCount, _maximumClips) = (tokenCount, maximumClips);
        int total = checked(tokenCount * maximumClips);
        (_visibleRows, _visiblePositions, _decoderSources) = (new int[total], new int[total], new int[total]);
        (_decoderPositions, _predictedRows, _predictedDecoderRows) = (new int[total], new int[total], new int[total]);
        _visibleOffsets = (int*)NativeMemory.AllocZeroed((nuint)(maximumClips + 1), sizeof(int));
        _decoderOffsets = (int*)NativeMemory.AllocZeroed((nuint)(maximumClips + 1), sizeof(int));
    }

    /// <summary>B.</summary>
    public int ClipCount { get; private set; }

    /// <summary>Row of each visible token among all tokens [B·N].</summary>
    internal ReadOnlySpan<int> VisibleRows => _visibleRows.AsSpan(0, _visibleCount);

    /// <summary>Place of each visible token in its clip.</summary>
    internal ReadOnlySpan<int> VisiblePositions => _visiblePositions.AsSpan(0, _visibleCount);

    /// <summary>For each decoder token the visible token that stands there, or -1.</summary>
    internal ReadOnlySpan<int> DecoderSources => _decoderSources.AsSpan(0, _decoderCount);

    /// <summary>Place of each decoder token in its clip.</summary>
    internal ReadOnlySpan<int> DecoderPositions => _decoderPositions.AsSpan(0, _decoderCount);

    /// <summary>Row of each predicted token among all tokens.</summary>
    internal ReadOnlySpan<int> PredictedRows => _predictedRows.AsSpan(0, _predictedCount);

    /// <summary>Row of each predicted token among the decoder's.</summary>
    internal ReadOnlySpan<int> PredictedDecoderRows => _predictedDecoderRows.AsSpan(0, _predictedCount);

    internal SequenceOffsets VisibleOffsets => new(_visibleOffsets, ClipCount);

    internal SequenceOffsets DecoderOffsets => new(_decoderOffsets, ClipCount);

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
            throw new ArgumentException($"Masks of {hidden.Length} and {predicted.Length} tokens do not fit up to {_maximumClips} clips of {_tokenCount}.");
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

            _visibleOffsets[clip + 1] = _visibleCount;
            _decoderOffsets[clip + 1] = _decoderCount;
            if (_visibleOffsets[clip] == _visibleCount)
            {
                throw new ArgumentException($"The mask of clip {clip} hides all of its {_tokenCount} tokens; "
                    + "at least one must be visible.");
            }
        }
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_visibleOffsets);
        NativeMemory.Free(_decoderOffsets);
    }

    internal Tensor Upload(Tape tape, ReadOnlySpan<int> numbers)
    {
        Tensor tensor = tape.Allocate(new Shape(numbers.Length), ElementType.Int32);
        tape.Device.Upload(numbers, tensor);
        return tensor;
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

            _visibleRows[_visibleCount] = row;
            _visiblePositions[_visibleCount] = position;
        }

        if (!isHidden || isPredicted)
        {
            _decoderSources[_decoderCount] = isHidden ? -1 : _visibleCount++;
            _decoderPositions[_decoderCount] = position;
            if (isPredicted)
            {
                _predictedRows[_predictedCount] = row;
                _predictedDecoderRows[_predictedCount++] = _decoderCount;
            }

            _decoderCount++;
        }
    }
}
