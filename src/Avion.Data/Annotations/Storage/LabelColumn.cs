namespace Avion.Data;

/// <summary>Collects one label of the clips of a file: numbers of classes where all are whole numbers, otherwise names.</summary>
internal sealed class LabelColumn(string path, string label)
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<(string Text, long Line)> _distinct = [];

    /// <summary>Takes the text of a field; gives what stands for it until <see cref="Complete"/>.</summary>
    /// <exception cref="DataException">It is empty.</exception>
    public int Add(string text, long line)
    {
        if (!_texts.TryGetValue(text, out int number))
        {
            if (text.Length == 0)
            {
                throw new DataException($"'{path}' line {line}, field '{label}': got nothing, expected the name or the number of a class.");
            }

            number = _texts[text] = _distinct.Count;
            _distinct.Add((text, line));
        }

        return number;
    }

    /// <summary>Gives the clips of a table the numbers that all texts together decide.</summary>
    /// <exception cref="DataException">A number is beyond any data set's classes.</exception>
    public void Complete(ClipTable table, int position)
    {
        if (_distinct.TrueForAll(field => double.TryParse(field.Text, CultureInfo.InvariantCulture, out _)))
        {
            int[] numbers = [.. _distinct.Select(Number)];
            table.NameLabel(position, ClassList.Numbered(label, numbers.Max() + 1), numbers);
        }
        else
        {
            ClassList classes = ClassList.OfNames(label, _distinct.Select(field => field.Text));
            table.NameLabel(position, classes, [.. _distinct.Select(field => classes.TryFind(field.Text, out int number) ? number : -1)]);
        }
    }

    private int Number((string Text, long Line) field) =>
        ClassList.TryNumber(field.Text, out int number)
            ? number
            : throw new DataException($"'{path}' line {field.Line}, field '{label}': got the class '{field.Text}', expected a whole number "
                + $"{ClassList.ExpectedNumber}.");
}
