using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>One annotated clip.</summary>
/// <param name="Video">Number of its video in <see cref="ClipTable.Videos"/>.</param>
/// <param name="Span">The part of the video that it is.</param>
/// <param name="FirstCaption">Number of its first caption in <see cref="ClipTable.Captions"/>.</param>
/// <param name="CaptionCount">How many captions follow from there; 0 for none.</param>
public readonly record struct ClipRow(int Video, ClipSpan Span, int FirstCaption, int CaptionCount);

/// <summary>Annotations in memory, whatever file they came from: clips, their captions and their labels.</summary>
public sealed class ClipTable
{
    private readonly List<ClipRow> _rows = [];
    private readonly List<int> _labels = [];
    private readonly List<string> _videos = [];
    private readonly Dictionary<string, int> _videoNumbers = new(StringComparer.Ordinal);

    /// <summary>Makes an empty table whose clips carry <paramref name="labelCount"/> labels each.</summary>
    public ClipTable(string name, int labelCount = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(labelCount);
        Name = name;
        LabelCount = labelCount;
    }

    /// <summary>Where the annotations came from, for messages.</summary>
    public string Name { get; }

    /// <summary>Clips.</summary>
    public int Count => _rows.Count;

    /// <summary>Labels of each clip.</summary>
    public int LabelCount { get; }

    /// <summary>Names of the videos.</summary>
    public IReadOnlyList<string> Videos => _videos;

    /// <summary>The captions of all clips.</summary>
    public CaptionStore Captions { get; } = new();

    public ClipRow this[int index] => _rows[index];

    /// <summary>The labels of a clip; -1 where unknown.</summary>
    public ReadOnlySpan<int> LabelsOf(int index) => CollectionsMarshal.AsSpan(_labels).Slice(index * LabelCount, LabelCount);

    /// <summary>Adds a clip without captions; captions follow by <see cref="AddCaption(ReadOnlySpan{byte})"/>.</summary>
    /// <exception cref="DataException">The number of labels is not the table's.</exception>
    public void Add(string video, ClipSpan span, ReadOnlySpan<int> labels = default)
    {
        if (labels.Length != LabelCount)
        {
            throw new DataException($"A clip of '{Name}' has {labels.Length} labels, expected {LabelCount}.");
        }

        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_videoNumbers, video, out bool known);
        if (!known)
        {
            number = _videos.Count;
            _videos.Add(video);
        }

        _rows.Add(new ClipRow(number, span, Captions.Count, 0));
        _labels.AddRange(labels);
    }

    /// <summary>Gives the last clip one more caption.</summary>
    public void AddCaption(ReadOnlySpan<byte> utf8)
    {
        Captions.Add(utf8);
        ref ClipRow last = ref CollectionsMarshal.AsSpan(_rows)[^1];
        last = last with { CaptionCount = last.CaptionCount + 1 };
    }

    /// <inheritdoc cref="AddCaption(ReadOnlySpan{byte})"/>
    public void AddCaption(string caption) => AddCaption(System.Text.Encoding.UTF8.GetBytes(caption));

    /// <summary>Names a clip for a message.</summary>
    public string Describe(int index) => $"{_videos[_rows[index].Video]} ({_rows[index].Span})";
}
