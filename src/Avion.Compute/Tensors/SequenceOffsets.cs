namespace Avion.Compute;

/// <summary>Where each sequence of a packed token tensor begins: sequence b holds rows offsets[b] to offsets[b+1] - 1.</summary>
/// <remarks>
/// Sequences of any length lie end to end in one [N, D] tensor, without padding; offsets is int32 [B + 1], its first entry 0, its
/// last N. Host memory, pinned or native, readable by every device that shares it; a device with memory of its own keeps a copy.
/// </remarks>
public readonly unsafe struct SequenceOffsets
{
    private readonly int* _offsets;

    /// <summary>Wraps B + 1 offsets that somebody else owns and keeps in place for as long as the step runs.</summary>
    /// <param name="offsets">Address of B + 1 offsets.</param>
    /// <param name="count">B, the number of sequences.</param>
    /// <exception cref="ArgumentException">The offsets do not start at 0 or decrease.</exception>
    public SequenceOffsets(int* offsets, int count)
    {
        if (count < 0 || offsets[0] != 0)
        {
            throw new ArgumentException($"Sequence offsets start at {(count < 0 ? -1 : offsets[0])} for {count} sequences; expected 0.");
        }

        int longest = 0;
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

    /// <summary>B, the number of sequences.</summary>
    public int Count { get; }

    /// <summary>Number of tokens of the longest sequence.</summary>
    public int LongestLength { get; }

    /// <summary>N, the number of tokens in all.</summary>
    public int TokenCount => Count == 0 ? 0 : _offsets[Count];

    /// <summary>Host address of the B + 1 offsets.</summary>
    public int* Pointer => _offsets;

    /// <summary>First row of sequence <paramref name="sequence"/>.</summary>
    public int Start(int sequence) => _offsets[sequence];

    /// <summary>Number of tokens of sequence <paramref name="sequence"/>.</summary>
    public int Length(int sequence) => _offsets[sequence + 1] - _offsets[sequence];

    /// <summary>The B + 1 offsets.</summary>
    public ReadOnlySpan<int> AsSpan() => new(_offsets, Count + 1);
}
