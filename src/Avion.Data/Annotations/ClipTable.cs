using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>One annotated clip.</summary>
/// <param name="Video">Number of its video in <see cref="ClipTable.Videos"/>.</param>
/// <param name="Span">The part of the video that it is.</param>
/// <param name="FirstCaption">Number of its first caption in <see cref="ClipTable.Captions"/>.</param>
/// <param name="CaptionCount">How many captions follow from there; 0 for none.</param>
public readonly record struct ClipRow(int Video, ClipSpan Span, int FirstCaption, int CaptionCount);

/// <summary>Annotations in memory, whatever file they came from: clips, their captions and their labels.</summary>
/// <remarks>
/// Columns, which all threads share: a clip takes 24 bytes and 4 a label, a caption its UTF-8 and 4 (8 with weights), a video its name
/// and 12.
/// </remarks>
public sealed partial class ClipTable
{
    private NameTable _videos = new();
    private Column<int> _videoOfClip = new(), _firstCaptions = new();
    private Column<double> _starts = new(), _ends = new();
    private Column<float>? _weights;
    private List<(int Clip, long Place)> _places = [];
    private string _unit = "row";

    /// <summary>Makes an empty table whose clips carry <paramref name="labelCount"/> labels each.</summary>
    public ClipTable(string name, int labelCount = 0)
        : this(name, labelCount == 1 ? ["label"] : [.. Enumerable.Range(1, labelCount).Select(i => $"label_{i}")])
    {
    }

    /// <summary>Makes an empty table whose clips carry a label of each of these names.</summary>
    public ClipTable(string name, IReadOnlyList<string> labelNames) => (Name, _labelNames) = (name, [.. labelNames]);

    /// <summary>Where the annotations came from, for messages.</summary>
    public string Name { get; }

    /// <summary>Clips.</summary>
    public int Count => _videoOfClip.Count;

    /// <summary>Names of the videos.</summary>
    public IReadOnlyList<string> Videos => _videos;

    /// <summary>The captions of all clips.</summary>
    public CaptionStore Captions { get; private set; } = new();

    /// <summary>What a user should know of the file before the first step, in sentences: what was left out, and why.</summary>
    public IReadOnlyList<string> Notes { get; internal set; } = [];

    /// <summary>Whether some captions are drawn more often than others.</summary>
    public bool HasWeights => _weights is not null;

    /// <summary>Memory that the table takes, in bytes.</summary>
    public long MemoryBytes => (24L * Count) + ((long)sizeof(int) * _labels.Count) + Captions.MemoryBytes + _videos.MemoryBytes
        + (sizeof(float) * (long)(_weights?.Count ?? 0)) + (16L * _places.Count);

    public ClipRow this[int index]
    {
        get
        {
            int first = _firstCaptions[index], end = index + 1 < Count ? _firstCaptions[index + 1] : Captions.Count;
            return new ClipRow(_videoOfClip[index], new ClipSpan(_starts[index], _ends[index]), first, end - first);
        }
    }

    /// <summary>Adds a clip without captions; captions follow by <see cref="AddCaption(ReadOnlySpan{byte})"/>.</summary>
    /// <exception cref="DataException">The number of labels is not the table's.</exception>
    public void Add(string video, ClipSpan span, ReadOnlySpan<int> labels = default) => Add(Encoding.UTF8.GetBytes(video), span, labels);

    /// <inheritdoc cref="Add(string, ClipSpan, ReadOnlySpan{int})"/>
    public void Add(ReadOnlySpan<byte> video, ClipSpan span, ReadOnlySpan<int> labels = default)
    {
        if (labels.Length != LabelCount)
        {
            throw new DataException($"A clip of '{Name}' has {labels.Length} labels, expected {LabelCount}.");
        }

        _videoOfClip.Add(_videos.Add(video));
        _starts.Add(span.Start);
        _ends.Add(span.End);
        _firstCaptions.Add(Captions.Count);
        _labels.AddRange(labels);
    }

    /// <summary>Gives the last clip one more caption.</summary>
    public void AddCaption(ReadOnlySpan<byte> utf8)
    {
        Captions.Add(utf8);
        _weights?.Add(1);
    }

    /// <summary>Gives the last clip one more caption, which is drawn in proportion to its weight among the clip's captions.</summary>
    public void AddCaption(ReadOnlySpan<byte> utf8, float weight)
    {
        if (_weights is null)
        {
            _weights = new Column<float>();
            while (_weights.Count < Captions.Count)
            {
                _weights.Add(1);
            }
        }

        Captions.Add(utf8);
        _weights.Add(weight);
    }

    /// <inheritdoc cref="AddCaption(ReadOnlySpan{byte})"/>
    public void AddCaption(string caption) => AddCaption(Encoding.UTF8.GetBytes(caption));

    /// <summary>How much a caption counts among those of its clip; 1 where none was given.</summary>
    public float WeightOf(int caption) => _weights is null ? 1 : _weights[caption];

    /// <summary>Draws one of a clip's captions by their weights; -1 where it has none.</summary>
    public int DrawCaption(int clip, ref CounterRandom random)
    {
        ClipRow row = this[clip];
        if (row.CaptionCount == 0)
        {
            return -1;
        }

        if (_weights is null)
        {
            return row.FirstCaption + random.Next(row.CaptionCount);
        }

        int end = row.FirstCaption + row.CaptionCount;
        double total = 0;
        for (int caption = row.FirstCaption; caption < end; caption++)
        {
            total += _weights[caption];
        }

        double left = random.NextDouble() * total;
        for (int caption = row.FirstCaption; caption < end - 1; caption++)
        {
            left -= _weights[caption];
            if (left < 0)
            {
                return caption;
            }
        }

        return end - 1;
    }

    /// <summary>Names a clip for a message.</summary>
    public string Describe(int index) => $"{_videos[_videoOfClip[index]]} ({this[index].Span})";

    /// <summary>Where in its file a clip stands, such as "line 7"; its number where that is not known.</summary>
    public string PlaceOf(int index)
    {
        int at = _places.BinarySearch((index, long.MaxValue));
        at = at < 0 ? ~at - 1 : at;
        long place = at < 0 ? index : _places[at].Place + (index - _places[at].Clip);
        return string.Create(CultureInfo.InvariantCulture, $"{_unit} {place}");
    }

    /// <summary>Says where the last clip stands; clips that follow each other without a gap share one entry.</summary>
    internal void Place(string unit, long place)
    {
        _unit = unit;
        int clip = Count - 1;
        if (_places.Count == 0 || _places[^1].Place + (clip - _places[^1].Clip) != place)
        {
            _places.Add((clip, place));
        }
    }

    /// <summary>The same clips and captions without labels.</summary>
    internal ClipTable WithoutLabels()
    {
        ClipTable table = new(Name) { Captions = Captions, Notes = Notes };
        (table._videos, table._videoOfClip, table._firstCaptions) = (_videos, _videoOfClip, _firstCaptions);
        (table._starts, table._ends, table._weights, table._places, table._unit) = (_starts, _ends, _weights, _places, _unit);
        return table;
    }

    /// <summary>The clips that have captions; the others are told.</summary>
    internal ClipTable WithCaptions()
    {
        int without = Enumerable.Range(0, Count).Count(clip => this[clip].CaptionCount == 0);
        if (without == 0)
        {
            return this;
        }

        ClipTable table = new(Name, _labelNames)
        {
            Captions = Captions,
            Notes = [.. Notes, string.Create(CultureInfo.InvariantCulture, $"'{Name}': {without:N0} of {Count:N0} clips have no caption "
                + $"and are left out.")],
        };
        (table._weights, table._classes) = (_weights, _classes);
        for (int clip = 0; clip < Count; clip++)
        {
            ClipRow row = this[clip];
            if (row.CaptionCount > 0)
            {
                table._videoOfClip.Add(table._videos.Add(_videos.Utf8(row.Video)));
                table._starts.Add(row.Span.Start);
                table._ends.Add(row.Span.End);
                table._firstCaptions.Add(row.FirstCaption);
                table._labels.AddRange(LabelsOf(clip));
            }
        }

        return table;
    }
}
