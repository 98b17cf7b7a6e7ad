namespace Avion.Compute;

/// <summary>Where each sequence of a packed token tensor begins: sequence b holds rows offsets[b] to offsets[b+1] - 1.</summary>
/// <remarks>
/// Sequences of any length lie end to end in one [N, D] tensor, without padding; offsets is int32 [B + 1], its first entry 0, its
/// last N. The host reads them to cut work into parts, kernels read the device's copy; a <see cref="SequenceTable"/> owns both.
/// </remarks>
public readonly unsafe struct SequenceOffsets
{
    private readonly int* _offsets;
    private readonly nint _deviceOffsets, _deviceLastRows;

    /// <summary>Wraps what a <see cref="SequenceTable"/> owns.</summary>
    /// <param name="offsets">Host address of B + 1 offsets.</param>
    /// <param name="count">B, the number of sequences.</param>
    /// <param name="deviceOffsets">Device address of the same.</param>
    /// <param name="deviceLastRows">Device address of the B numbers of the sequences' last rows.</param>
    /// <param name="paddingCount">How many of the last sequences fill the batch up.</param>
    /// <param name="longestLength">What to take the longest sequence for, at least; 0: its own length.</param>
    /// <exception cref="ArgumentException">The offsets do not start at 0 or decrease.</exception>
    internal SequenceOffsets(int* offsets, int count, nint deviceOffsets, nint deviceLastRows, int paddingCount = 0, int longestLength = 0)
    {
        PaddingCount = paddingCount;
        (_deviceOffsets, _deviceLastRows) = (deviceOffsets, deviceLastRows);
        if (count < 0 || offsets[0] != 0)
        {
            throw new ArgumentException($"Sequence offsets start at {(count < 0 ? -1 : offsets[0])} for {count} sequences; expected 0.");
        }

        int longest = longestLength;
        for (int b = 0; b < count; b++)
        {
            int length = offsets[b + 1] - offsets[b];
            if (length < 0)
            {
                throw new ArgumentException($"Sequence {b} has {length} tokens: offsets must not decrease.");
            }

            longest = Math.Max(longest, length);
        }

        _offsets = offsets;
        Count = count;
        LongestLength = longest;
    }

    /// <summary>Wraps offsets in host memory, for kernels that read them there and no rows of theirs.</summary>
    internal SequenceOffsets(int* offsets, int count)
        : this(offsets, count, (nint)offsets, deviceLastRows: 0)
    {
    }

    /// <summary>B, the number of sequences.</summary>
    public int Count { get; }

    /// <summary>Number of tokens of the longest sequence, or a bound of it.</summary>
    public int LongestLength { get; }

    /// <summary>How many of the last sequences only fill the batch up to a number of tokens that comes again: nothing reads them.</summary>
    public int PaddingCount { get; }

    /// <summary>N, the number of tokens in all.</summary>
    public int TokenCount => Count == 0 ? 0 : _offsets[Count];

    /// <summary>Host address of the B + 1 offsets.</summary>
    public int* Pointer => _offsets;

    /// <summary>The number of each sequence's first row: int32 [B] on the device.</summary>
    public Tensor FirstRows => Tensor.Wrap(_deviceOffsets, new Shape(Count), ElementType.Int32);

    /// <summary>The number of each sequence's last row: int32 [B] on the device.</summary>
    public Tensor LastRows => Tensor.Wrap(_deviceLastRows, new Shape(Count), ElementType.Int32);

    /// <summary>First row of sequence <paramref name="sequence"/>.</summary>
    public int Start(int sequence) => _offsets[sequence];

    /// <summary>Number of tokens of sequence <paramref name="sequence"/>.</summary>
    public int Length(int sequence) => _offsets[sequence + 1] - _offsets[sequence];

    /// <summary>The B + 1 offsets.</summary>
    public ReadOnlySpan<int> AsSpan() => new(_offsets, Count + 1);
}
