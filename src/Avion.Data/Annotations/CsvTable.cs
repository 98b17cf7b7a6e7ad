using System.Text.Unicode;

namespace Avion.Data;

/// <summary>Rows of a CSV or TSV file, strictly as RFC 4180 has them, with the line on which each begins.</summary>
/// <remarks>
/// A field that begins with a quote ends with one; doubled quotes inside stand for one, and delimiters and line ends inside are text. A
/// quote in the middle of a field is a quote. In TSV files (<c>.tsv</c>) the delimiter is the tab, and quotes mean nothing. Every row has as
/// many fields as the header. Whatever breaks these rules is refused, for a row that is cut in another place than its writer meant is a
/// false caption.
/// </remarks>
internal sealed class CsvTable : IDisposable
{
    private const int LongestFieldBytes = 1 << 20;
    private const byte Quote = (byte)'"';

    private readonly TextLines _lines;
    private readonly byte _delimiter;
    private readonly bool _hasQuotes;
    private readonly List<(int Start, int Length)> _fields = [];
    private string[] _names = [];
    private byte[] _text = new byte[1 << 12];
    private int _used;

    /// <exception cref="DataException">The file cannot be read.</exception>
    public CsvTable(string path)
    {
        bool isTsv = System.IO.Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase);
        (_delimiter, _hasQuotes) = ((byte)(isTsv ? '\t' : ','), !isTsv);
        _lines = new TextLines(path);
    }

    public string Path => _lines.Path;

    /// <summary>Line of the file on which the current row begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Fields of the current row.</summary>
    public int Count => _fields.Count;

    /// <summary>The text of a field of the current row.</summary>
    /// <exception cref="DataException">It is no text.</exception>
    public string this[int column] => AnnotationText.TryDecode(Field(column), out string text)
        ? text
        : AnnotationText.Decode(Path, $"line {Line}", Describe(column), Field(column));

    /// <summary>Goes to the next row that is not empty; false at the end.</summary>
    /// <exception cref="DataException">The row is no row of this table.</exception>
    public bool Read()
    {
        while (_lines.Read())
        {
            if (!_lines.Current.TrimEnd((byte)'\r').IsEmpty)
            {
                Line = _lines.Number;
                ReadRow();
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the first row as names; upper and lower case are the same.</summary>
    public Dictionary<string, int> ReadHeader(string expected)
    {
        if (!Read())
        {
            throw new DataException($"'{Path}' is empty, expected {expected}.");
        }

        string[] names = [.. Enumerable.Range(0, Count).Select(column => this[column].Trim())];
        Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Length; i++)
        {
            columns.TryAdd(names[i], i);
        }

        _names = names;
        return columns;
    }

    /// <summary>Fails unless the header has at least so many fields.</summary>
    public void Require(int columns)
    {
        if (Count < columns)
        {
            AnnotationError.Throw(Path, Line, $"{Count} fields", $"at least {columns}");
        }
    }

    /// <summary>A field that is a number of a class.</summary>
    public int Class(int column) =>
        int.TryParse(this[column], NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw AnnotationError.Make(Path, Line, this[column], $"a class number in column {column + 1}");

    public void Dispose() => _lines.Dispose();

    private string Describe(int column) => column < _names.Length ? $"{column + 1} '{_names[column]}'" : $"{column + 1}";

    private ReadOnlySpan<byte> Field(int column) => _text.AsSpan(_fields[column].Start, _fields[column].Length);

    private void ReadRow()
    {
        _fields.Clear();
        _used = 0;
        ReadOnlySpan<byte> rest = _lines.Current;
        while (true)
        {
            int start = _used;
            bool isQuoted = _hasQuotes && rest.Length > 0 && rest[0] == Quote;
            bool isLast = isQuoted ? TakeQuoted(ref rest) : TakePlain(ref rest);
            _fields.Add((start, _used - start));
            if (isLast)
            {
                break;
            }
        }

        if (_names.Length > 0 && Count != _names.Length)
        {
            AnnotationError.Throw(Path, Line, $"{Count} fields",
                $"{_names.Length} as in the header; put fields that hold a {(_hasQuotes ? "comma" : "tab")} into quotes");
        }

        for (int column = 0; column < Count; column++)
        {
            if (!Utf8.IsValid(Field(column)))
            {
                _ = this[column];
            }
        }
    }

    /// <summary>Takes a field up to the next delimiter; true at the end of the row.</summary>
    private bool TakePlain(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf(_delimiter);
        Append(end < 0 ? rest.TrimEnd((byte)'\r') : rest[..end], _used);
        rest = end < 0 ? [] : rest[(end + 1)..];
        return end < 0;
    }

    /// <summary>Takes a field in quotes, over several lines where it has them; true at the end of the row.</summary>
    private bool TakeQuoted(ref ReadOnlySpan<byte> rest)
    {
        int start = _used, opened = _lines.Number;
        rest = rest[1..];
        while (true)
        {
            int quote = rest.IndexOf(Quote);
            if (quote < 0)
            {
                Append(rest, start);
                Append("\n"u8, start);
                if (!_lines.Read())
                {
                    throw Wrong($"the quote that opens on line {opened} never closes");
                }

                rest = _lines.Current;
                continue;
            }

            Append(rest[..quote], start);
            rest = rest[(quote + 1)..];
            if (rest.Length > 0 && rest[0] == Quote)
            {
                Append(rest[..1], start);
                rest = rest[1..];
                continue;
            }

            if (rest.TrimEnd((byte)'\r').IsEmpty)
            {
                return true;
            }

            if (rest[0] != _delimiter)
            {
                throw Wrong("text follows the quote that ends the field; double the quotes inside it");
            }

            rest = rest[1..];
            return false;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes, int fieldStart)
    {
        if (_used - fieldStart + bytes.Length > LongestFieldBytes)
        {
            throw Wrong($"it is longer than {LongestFieldBytes >> 20} MiB; is the quote that opens it closed?");
        }

        while (_text.Length - _used < bytes.Length)
        {
            Array.Resize(ref _text, 2 * _text.Length);
        }

        bytes.CopyTo(_text.AsSpan(_used));
        _used += bytes.Length;
    }

    private DataException Wrong(string fault) => new($"'{Path}' line {Line}, field {Describe(Count)}: {fault}.");
}
