using System.Runtime.InteropServices;

namespace Avion.Data;

public sealed partial class ClipTable
{
    private readonly string[] _labelNames;
    private readonly List<int> _labels = [];
    private IReadOnlyList<ClassList>? _classes;

    /// <summary>Labels of each clip.</summary>
    public int LabelCount => _labelNames.Length;

    /// <summary>The classes of each label; without names they reach up to the highest number.</summary>
    public IReadOnlyList<ClassList> Classes =>
        _classes ??= [.. _labelNames.Select((name, label) => ClassList.Numbered(name, HighestLabel(label) + 1))];

    /// <summary>The labels of a clip; -1 where unknown.</summary>
    public ReadOnlySpan<int> LabelsOf(int index) => CollectionsMarshal.AsSpan(_labels).Slice(index * LabelCount, LabelCount);

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
                throw new DataException($"'{Name}' {PlaceOf(clip)}, field '{own.Label}': got '{own[number]}', expected one of the "
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
