namespace Avion.Video;

/// <summary>
/// Watches whether a stream's parameters stay those with which its decoder was opened. Where they change (recordings put one behind the
/// other), decoding can only begin at samples that hold their own, in a decoder that has not seen the others.
/// </summary>
internal sealed class ParameterChanges(DecoderParameters parameters)
{
    private readonly SampleFormat _format = SampleFormat.Of(parameters.CodecId, parameters.ExtraData);
    private readonly HashSet<int> _holders = [];
    private uint? _first = StoredSequence(parameters);
    private int _firstChange = int.MaxValue;
    private bool _hasNewExtraData;

    /// <summary>Whether there was a change.</summary>
    public bool Any => _firstChange < int.MaxValue;

    /// <summary>Looks at a sample.</summary>
    /// <param name="sample">Its number.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="newExtraData">Parameters that the container sets from it on; empty for none.</param>
    /// <param name="start">Whether decoding can begin at it.</param>
    public void Add(int sample, ReadOnlySpan<byte> data, ReadOnlySpan<byte> newExtraData, StartKind start)
    {
        if (newExtraData.Length > 0 && !newExtraData.SequenceEqual(parameters.ExtraData))
        {
            _hasNewExtraData = true;
            _firstChange = Math.Min(_firstChange, sample);
        }

        bool isAv1 = _format.CodecId == CodecIds.Av1;
        uint hash = 0;
        if (isAv1 ? !TryHashSequence(data, out hash) : !TryHash(data, out hash))
        {
            return;
        }

        bool isOther = _first is null ? sample > 0 && _format.NalLengthBytes > 0 : hash != _first;
        _first ??= hash;
        _firstChange = isOther ? Math.Min(_firstChange, sample) : _firstChange;
        if (start != StartKind.None && StartPoint.KindOf(_format with { HasParameterSets = false }, data) != StartKind.None)
        {
            _holders.Add(sample);
        }
    }

    /// <summary>Whether decoding may begin at a sample as far as parameters go.</summary>
    public bool AllowStart(int sample) => sample < _firstChange || (!_hasNewExtraData && _holders.Contains(sample));

    private static uint? StoredSequence(in DecoderParameters parameters) =>
        parameters.CodecId == CodecIds.Av1 && TryHashSequence(Av1Units.ConfiguredSequence(parameters.ExtraData), out uint hash)
            ? hash
            : null;

    /// <summary>CRC-32C of an AV1 sample's sequence header; false if it holds none.</summary>
    private static bool TryHashSequence(ReadOnlySpan<byte> data, out uint hash)
    {
        ReadOnlySpan<byte> sequence = Av1Units.Sequence(data);
        hash = IndexRecord.ChecksumOf(sequence);
        return !sequence.IsEmpty;
    }

    /// <summary>CRC-32C of the parameter sets in a sample; false if it holds none.</summary>
    private bool TryHash(ReadOnlySpan<byte> data, out uint hash)
    {
        hash = 0;
        bool any = false;
        if (_format.CodecId is not (CodecIds.H264 or CodecIds.Hevc))
        {
            return false;
        }

        NalUnitReader units = new(data, _format.NalLengthBytes);
        while (units.MoveNext())
        {
            if (NalUnits.IsParameterSet(_format.CodecId, units.Current))
            {
                any = true;
                hash = (hash * 31) + IndexRecord.ChecksumOf(units.Current);
            }
        }

        return any;
    }
}
