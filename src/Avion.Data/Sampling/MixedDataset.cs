namespace Avion.Data;

/// <summary>One of several data sets that are mixed, and how much of it an epoch takes.</summary>
/// <param name="Dataset">The data set.</param>
/// <param name="PassesPerEpoch">How often an epoch goes through it; 1 takes each sample once, 0.25 a quarter of them, 2 each
/// twice.</param>
public readonly record struct MixturePart(IClipDataset Dataset, double PassesPerEpoch = 1);

/// <summary>Several data sets as one.</summary>
/// <remarks>
/// A part that is not taken exactly once is walked in a random order that runs on from epoch to epoch, so that over the run all its
/// samples are seen equally often, whatever its share of an epoch. Sample ids are those of the part plus the ids of the parts before it.
/// </remarks>
public sealed class MixedDataset : IClipDataset
{
    private readonly MixturePart[] _parts;
    private readonly int[] _ends;
    private readonly long[] _idOffsets;

    /// <summary>Mixes data sets.</summary>
    /// <exception cref="DataException">The parts carry different numbers of labels, or none has samples.</exception>
    public MixedDataset(IReadOnlyList<MixturePart> parts)
    {
        _parts = [.. parts];
        _ends = new int[_parts.Length];
        _idOffsets = new long[_parts.Length];
        int total = 0;
        long ids = 0;
        for (int part = 0; part < _parts.Length; part++)
        {
            (IClipDataset dataset, double passes) = (_parts[part].Dataset, _parts[part].PassesPerEpoch);
            ArgumentOutOfRangeException.ThrowIfNegative(passes, nameof(parts));
            if (dataset.LabelCount != _parts[0].Dataset.LabelCount)
            {
                throw new DataException(
                    $"Part {part} of the mixture has {dataset.LabelCount} labels a sample, part 0 has {_parts[0].Dataset.LabelCount}; "
                    + "expected the same.");
            }

            total = checked(total + (int)Math.Round(passes * dataset.Count));
            _ends[part] = total;
            _idOffsets[part] = ids;
            ids += dataset.IdCount;
        }

        if (total == 0)
        {
            throw new DataException($"A mixture of {_parts.Length} data sets has no samples.");
        }

        IdCount = ids;
        Count = total;
        LabelCount = _parts[0].Dataset.LabelCount;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public long IdCount { get; }

    /// <inheritdoc/>
    public int LabelCount { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ClipCensus> Censuses => [.. _parts.SelectMany(part => part.Dataset.Censuses)];

    /// <inheritdoc/>
    public ClipSetDigest? ComputeDigest()
    {
        ClipSetDigest?[] digests = [.. _parts.Select(part => part.Dataset.ComputeDigest())];
        return digests.All(digest => digest is not null) ? ClipSetDigest.Join([.. digests.Select(digest => digest!)]) : null;
    }

    /// <inheritdoc/>
    public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
    {
        (int part, SampleKey own) = Locate(key);
        _parts[part].Dataset.Draw(own, videos, request);
        request.SampleId += _idOffsets[part];
    }

    /// <inheritdoc/>
    public int FramesOf(int index, int frameCount, IClipSource videos)
    {
        (int part, SampleKey own) = Locate(new SampleKey(0, 0, index));
        return _parts[part].Dataset.FramesOf(own.Index, frameCount, videos);
    }

    /// <inheritdoc/>
    public string Describe(in SampleKey key)
    {
        (int part, SampleKey own) = Locate(key);
        return _parts[part].Dataset.Describe(own);
    }

    /// <summary>The part that stands at an index of an epoch, and the key of its sample there.</summary>
    internal (int Part, SampleKey Key) Locate(in SampleKey key)
    {
        int part = PartOf(key.Index);
        int perEpoch = PerEpoch(part), count = _parts[part].Dataset.Count;
        int inside = key.Index - (_ends[part] - perEpoch);

        // Equal indices of different parts are different samples and want draws of their own.
        ulong seed = key.Seed + ((ulong)part << 48);
        if (perEpoch == count)
        {
            return (part, key with { Seed = seed, Index = inside });
        }

        // The pass takes the epoch's place in the key: an epoch may visit a sample several times, a pass visits it once.
        long walked = ((long)key.Epoch * perEpoch) + inside;
        int pass = checked((int)(walked / count));
        return (part, key with { Seed = seed, Epoch = pass, Index = new IndexPermutation(count, seed, pass)[(int)(walked % count)] });
    }

    private int PerEpoch(int part) => _ends[part] - (part == 0 ? 0 : _ends[part - 1]);

    private int PartOf(int index)
    {
        int part = Array.BinarySearch(_ends, index + 1);
        part = part >= 0 ? part : ~part;

        // Parts that give nothing share their end with the one before.
        while (part > 0 && _ends[part - 1] > index)
        {
            part--;
        }

        return part;
    }
}
