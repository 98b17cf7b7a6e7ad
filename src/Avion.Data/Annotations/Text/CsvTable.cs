using System.Text.Unicode;

namespace Avion.Data;

/// <summary>Rows of a CSV or TSV file, strictly as RFC 4180 has them, with the line on which each begins.</summary>
/// <remarks>
/// A field that begins with a quote ends with one; doubled quotes inside stand for one, and delimiters and line ends inside are text. A
/// quote in the middle of a field is a quote. In files with tabs (<c>.tsv</c>, or a header with tabs and no comma) the delimiter is the
/// tab, and quotes mean nothing. Every row has as many fields as the header. Whatever breaks these rules is refused, for a row that is cut
/// in another place than its writer meant is a false caption. After a refused row the next one can be read.
/// </remarks>
internal sealed class CsvTable : IDisposable
{
    private const int LongestFieldBytes = 1 << 20;
    private const byte Quote = (byte)'"';

    private readonly TextLines _lines;
    private byte _delimiter;
    private bool _hasQuotes, _isCopied;
    private (int Start, int Length)[] _fields = new (int, int)[16];
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
    public int Count { get; private set; }

    /// <summary>The text of a field of the current row.</summary>
    /// <exception cref="DataException">It is no text.</exception>
    public string this[int column] => AnnotationText.TryDecode(Field(column), out string text)
        ? text
        : AnnotationText.Decode(Path, $"line {Line}", Describe(column), Field(column));

    /// <summary>The bytes of a field of the current row, which are text; valid until the next row.</summary>
    public ReadOnlySpan<byte> Field(int column)
    {
        (int start, int length) = _fields[column];
        return _isCopied ? _text.AsSpan(start, length) : _lines.Current.Slice(start, length);
    }

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
    /// <param name="expected">What the header should be, for the message about a missing one.</param>
    /// <param name="isUsed">Tells the columns that are read; none of these may stand twice.</param>
    /// <exception cref="DataException">There is no header, or a column that is used stands in it twice.</exception>
    public Dictionary<string, int> ReadHeader(string expected, Func<string, bool>? isUsed = null)
    {
        if (!Read())
        {
            throw new DataException($"'{Path}' is empty, expected {expected}.");
        }

        if (Count == 1 && Field(0).Contains((byte)'\t'))
        {
            // Files that say .csv and are cut at tabs, as EgoClip's.
            (_delimiter, _hasQuotes) = ((byte)'\t', false);
            ReadRow();
        }

        string[] names = [.. Enumerable.Range(0, Count).Select(column => this[column].Trim())];
        Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Length; i++)
        {
            if (!columns.TryAdd(names[i], i) && isUsed is not null && isUsed(names[i]))
            {
                throw new DataException($"'{Path}' line {Line}: the column '{names[i]}' stands in the header twice, in place "
                    + $"{columns[names[i]] + 1} and {i + 1}; expected it once.");
            }
        }

        _names = names;
        return columns;
    }

    /// <summary>Fails unless the row has at least so many fields.</summary>
    public void Require(int columns)
    {
        if (Count < columns)
        {
            AnnotationError.Throw(Path, Line, $"{Count} fields", $"at least {columns}");
        }
    }

    /// <summary>A field that is a number of a class.</summary>
    public int Class(int column) =>
        ClassList.TryNumber(Field(column), out int value)
            ? value
            : throw AnnotationError.Make(Path, Line, this[column], $"a class number {ClassList.ExpectedNumber} in field "
                + $"{Describe(column)}");

    public void Dispose() => _lines.Dispose();

    private string Describe(int column) => column < _names.Length ? $"{column + 1} '{_names[column]}'" : $"{column + 1}";

    private void ReadRow()
    {
        (Count, _used) = (0, 0);
        ReadOnlySpan<byte> line = _lines.Current.TrimEnd((byte)'\r');
        _isCopied = _hasQuotes && line.Contains(Quote);
        if (_isCopied)
        {
            ReadQuoted();
        }
        else
        {
            ReadPlain(line);
        }

        if (_names.Length > 0 && Count != _names.Length)
        {
            AnnotationError.Throw(Path, Line, $"{Count} fields",
                $"{_names.Length} as in the header; put fields that hold a {(_delimiter == ',' ? "comma" : "tab")} into quotes");
        }

        ReadOnlySpan<byte> all = _isCopied ? _text.AsSpan(0, _used) : line;
        for (int column = 0; column < Count && (!Utf8.IsValid(all) || all.Contains((byte)0)); column++)
        {
            _ = this[column];
        }
    }

    /// <summary>Fields of a line without quotes, where they lie.</summary>
    private void ReadPlain(ReadOnlySpan<byte> line)
    {
        int start = 0;
        while (true)
        {
            int length = line[start..].IndexOf(_delimiter);
            AddField(start, length < 0 ? line.Length - start : length);
            if (length < 0)
            {
                return;
            }

            start += length + 1;
        }
    }

    /// <summary>Fields of a line with quotes, copied without them.</summary>
    private void ReadQuoted()
    {
        ReadOnlySpan<byte> rest = _lines.Current;
        while (true)
        {
            int start = _used;
            bool isLast = rest.Length > 0 && rest[0] == Quote ? TakeQuoted(ref rest) : TakePlain(ref rest);
            AddField(start, _used - start);
            if (isLast)
            {
                return;
            }
        }
    }

    private void AddField(int start, int length)
    {
        if (length > LongestFieldBytes)
        {
            throw Wrong($"it is longer than {LongestFieldBytes >> 20} MiB");
        }

        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, 2 * Count);
        }

        _fields[Count++] = (start, length);
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
