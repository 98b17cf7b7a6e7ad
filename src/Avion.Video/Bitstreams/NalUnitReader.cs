namespace Avion.Video;

/// <summary>
/// The NAL units of a sample, one after another, whether a length stands before each (mp4, Matroska) or a start code 00 00 01 (transport
/// streams, AVI; H.264 and H.265 Annex B). Ends quietly before a unit that does not fit, or gives the part of it that is there when only
/// the head of a sample is known.
/// </summary>
internal ref struct NalUnitReader(ReadOnlySpan<byte> sample, int lengthBytes, bool isHead = false)
{
    private ReadOnlySpan<byte> _rest = sample;

    /// <summary>The unit, at least one byte.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    public bool MoveNext() => lengthBytes > 0 ? NextByLength() : NextByStartCode();

    private bool NextByLength()
    {
        if (_rest.Length <= lengthBytes)
        {
            return false;
        }

        uint length = 0;
        for (int i = 0; i < lengthBytes; i++)
        {
            length = (length << 8) | _rest[i];
        }

        uint available = (uint)(_rest.Length - lengthBytes);
        if (length == 0 || (length > available && !isHead))
        {
            return false;
        }

        length = Math.Min(length, available);
        Current = _rest.Slice(lengthBytes, (int)length);
        _rest = _rest[(lengthBytes + (int)length)..];
        return true;
    }

    private bool NextByStartCode()
    {
        while (true)
        {
            int at = _rest.IndexOf(StartCode);
            if (at < 0)
            {
                return false;
            }

            _rest = _rest[(at + StartCode.Length)..];
            int end = _rest.IndexOf(StartCode);
            ReadOnlySpan<byte> unit = end < 0 ? _rest : _rest[..end];
            if (unit.Length > 0)
            {
                Current = unit;
                return true;
            }
        }
    }
}
