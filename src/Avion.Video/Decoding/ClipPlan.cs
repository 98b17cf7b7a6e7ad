namespace Avion.Video;

/// <summary>
/// The stretches of a file that must be decoded for some frames. Each frame needs the samples from a keyframe up to its own; overlapping
/// stretches become one run, and groups of pictures in which nothing is wanted are in no run.
/// </summary>
internal sealed class ClipPlan
{
    private long[] _wanted = [];
    private long[] _spans = [];
    private Run[] _runs = [];

    /// <summary>Samples <paramref name="First"/> to <paramref name="Last"/>; the wanted ones among them are entries
    /// of <see cref="Wanted"/>.</summary>
    public readonly record struct Run(int First, int Last, int KeyframePosition);

    /// <summary>Pairs of sample and slot (its place in the caller's list), by sample.</summary>
    public ReadOnlySpan<long> Wanted => _wanted.AsSpan(0, WantedCount);

    public ReadOnlySpan<Run> Runs => _runs.AsSpan(0, RunCount);

    public int WantedCount { get; private set; }

    public int RunCount { get; private set; }

    public static int SampleOf(long wanted) => (int)(wanted >> 32);

    public static int SlotOf(long wanted) => (int)(wanted & 0xFFFFFFFF);

    /// <summary>Plans the decoding of frames given in any order; every index must be below the number of frames.</summary>
    public void Make(VideoIndex index, ReadOnlySpan<int> frames)
    {
        if (_wanted.Length < frames.Length)
        {
            _wanted = new long[frames.Length];
            _spans = new long[frames.Length];
            _runs = new Run[frames.Length];
        }

        WantedCount = frames.Length;
        for (int slot = 0; slot < frames.Length; slot++)
        {
            int sample = index.SampleOfFrame[frames[slot]];
            _wanted[slot] = ((long)sample << 32) | (uint)slot;
            _spans[slot] = ((long)index.KeyframePositionFor(sample) << 32) | (uint)sample;
        }

        _wanted.AsSpan(0, frames.Length).Sort();
        _spans.AsSpan(0, frames.Length).Sort();
        RunCount = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            int keyframePosition = (int)(_spans[i] >> 32);
            int first = index.Keyframes[keyframePosition];
            int last = (int)(_spans[i] & 0xFFFFFFFF);
            if (RunCount > 0 && first <= _runs[RunCount - 1].Last + 1)
            {
                _runs[RunCount - 1] = _runs[RunCount - 1] with { Last = Math.Max(last, _runs[RunCount - 1].Last) };
            }
            else
            {
                _runs[RunCount++] = new Run(first, last, keyframePosition);
            }
        }
    }

    /// <summary>First entry of <see cref="Wanted"/> whose sample is at least the given one.</summary>
    public int FirstWantedAt(int sample)
    {
        int low = 0;
        int high = WantedCount;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (SampleOf(_wanted[middle]) < sample)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
