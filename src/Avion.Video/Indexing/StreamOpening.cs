namespace Avion.Video;

/// <summary>
/// Finds which of a stream's first pictures are shown. A stream that begins in the middle of a group of pictures, or in an open one, holds
/// samples that refer to pictures before it; which of them a player shows, the decoder alone knows. It is asked until the second place at
/// which decoding can begin has come out: all that follows it is shown.
/// </summary>
internal sealed class StreamOpening(SampleFormat format)
{
    private readonly List<long> _timestamps = [];
    private readonly HashSet<int> _shown = [];
    private int _starts;
    private int _settled = -1;
    private bool _isBegun;

    /// <summary>Whether no more need be decoded.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>Takes note of the next sample of the stream, before it is decoded.</summary>
    public void Add(ReadOnlySpan<byte> sample, StartKind kind, long timestamp)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            IsDecided = !StartPoint.MayHidePictures(format, sample);
            _settled = IsDecided ? 0 : -1;
        }

        if (IsDecided)
        {
            return;
        }

        _timestamps.Add(timestamp);
        _starts += kind == StartKind.None ? 0 : 1;
        if (_starts == 2 && _settled < 0)
        {
            _settled = _timestamps.Count - 1;
        }
    }

    /// <summary>Takes note of a picture that the decoder shows.</summary>
    public void Show(int sample)
    {
        if (IsDecided)
        {
            return;
        }

        _shown.Add(sample);
        IsDecided = _settled > 0 && sample >= _settled && _timestamps[sample] >= _timestamps[_settled];
    }

    /// <summary>Whether a sample's picture is never shown.</summary>
    public bool Hides(int sample) => (_settled < 0 || sample < _settled) && !_shown.Contains(sample);
}
