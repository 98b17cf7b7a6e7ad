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
    private List<ClipRow> _rows = [];
    private readonly List<int> _labels = [];
    private List<string> _videos = [];
    private Dictionary<string, int> _videoNumbers = new(StringComparer.Ordinal);
    private readonly string[] _labelNames;
    private IReadOnlyList<ClassList>? _classes;

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
    public int Count => _rows.Count;

    /// <summary>Labels of each clip.</summary>
    public int LabelCount => _labelNames.Length;

    /// <summary>The classes of each label; without names they reach up to the highest number.</summary>
    public IReadOnlyList<ClassList> Classes =>
        _classes ??= [.. _labelNames.Select((name, label) => ClassList.Numbered(name, HighestLabel(label) + 1))];

    /// <summary>Names of the videos.</summary>
    public IReadOnlyList<string> Videos => _videos;

    /// <summary>The captions of all clips.</summary>
    public CaptionStore Captions { get; private set; } = new();

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

    /// <summary>Says what the numbers of the labels stand for.</summary>
    public void NameClasses(IReadOnlyList<ClassList> classes) => _classes = classes.Count == LabelCount
        ? classes
        : throw new ArgumentException($"Got {classes.Count} lists of classes, expected {LabelCount}.", nameof(classes));

    /// <summary>Numbers the labels anew, as other lists of classes have them; lists are found by the name of the label, a single label
    /// takes a single list of any name.</summary>
    /// <param name="lists">The other lists.</param>
    /// <param name="marksUnknown">A class that a list lacks becomes -1 instead of being refused.</param>
    /// <exception cref="DataException">There is no list for a label, or a clip's class is not in it.</exception>
    public void Adopt(IReadOnlyList<ClassList> lists, bool marksUnknown = false)
    {
        ClassList[] adopted = [.. Classes];
        for (int label = 0; label < LabelCount; label++)
        {
            ClassList own = Classes[label];
            ClassList other = LabelCount == 1 && lists.Count == 1
                ? lists[0]
                : lists.FirstOrDefault(list => list.Label == own.Label) ?? throw new DataException(
                    $"'{Name}' has the label '{own.Label}', expected one of {string.Join(", ", lists.Select(list => list.Label))}.");
            adopted[label] = other;
            if (!ReferenceEquals(own, other))
            {
                Renumber(label, own, other, marksUnknown);
            }
        }

        _classes = adopted;
    }

    /// <summary>Gives one label of all clips its classes, and the numbers that these have for the numbers so far.</summary>
    internal void NameLabel(int label, ClassList classes, ReadOnlySpan<int> numbers)
    {
        Span<int> labels = CollectionsMarshal.AsSpan(_labels);
        for (int at = label; at < labels.Length; at += LabelCount)
        {
            labels[at] = numbers[labels[at]];
        }

        ClassList[] all = [.. _classes ?? [.. _labelNames.Select(name => ClassList.Numbered(name, 1))]];
        all[label] = classes;
        _classes = all;
    }

    /// <summary>The same clips and captions without labels.</summary>
    internal ClipTable WithoutLabels()
    {
        if (LabelCount == 0)
        {
            return this;
        }

        ClipTable table = new(Name);
        (table._rows, table._videos, table._videoNumbers, table.Captions) = (_rows, _videos, _videoNumbers, Captions);
        return table;
    }

    /// <summary>Names a clip for a message.</summary>
    public string Describe(int index) => $"{_videos[_rows[index].Video]} ({_rows[index].Span})";

    private void Renumber(int label, ClassList own, ClassList other, bool marksUnknown)
    {
        int[] numbers = [.. own.Names.Select((name, number) => other.TryFind(name, out int found) ? found
            : !own.HasNames && number < other.Count ? number : -1)];
        Span<int> labels = CollectionsMarshal.AsSpan(_labels);
        for (int clip = 0; clip < Count; clip++)
        {
            ref int number = ref labels[(clip * LabelCount) + label];
            int renumbered = number < 0 ? number : numbers[number];
            if (renumbered < 0 && number >= 0 && !marksUnknown)
            {
                string classes = other.HasNames ? $"; the nearest is '{other.Nearest(own[number])}'" : $", 0 to {other.Count - 1}";
                throw new DataException($"'{Name}', clip {Describe(clip)}, field '{own.Label}': got '{own[number]}', expected one of the "
                    + $"{other.Count} classes of '{other.Label}'{classes}.");
            }

            number = renumbered;
        }
    }

    private int HighestLabel(int label)
    {
        int highest = 0;
        for (int at = label; at < _labels.Count; at += LabelCount)
        {
            highest = Math.Max(highest, _labels[at]);
        }

        return highest;
    }
}
