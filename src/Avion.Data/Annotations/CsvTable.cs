using CsvHelper;
using CsvHelper.Configuration;

namespace Avion.Data;

/// <summary>Rows of a CSV file with the line on which each begins.</summary>
internal sealed class CsvTable : IDisposable
{
    private readonly CsvParser _parser;

    public CsvTable(string path, string delimiter = ",")
    {
        Path = path;
        StreamReader reader;
        try
        {
            reader = new StreamReader(path, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read the annotations '{path}': {error.Message}", error);
        }

        _parser = new CsvParser(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            BadDataFound = null,
            MaxFieldSize = 1 << 20,
        });
    }

    public string Path { get; }

    /// <summary>Line of the file on which the current row ends, from 1.</summary>
    public long Line => _parser.RawRow;

    /// <summary>Fields of the current row.</summary>
    public int Count => _parser.Count;

    public string this[int column] => _parser[column] ?? string.Empty;

    /// <summary>Goes to the next row that is not empty; false at the end.</summary>
    public bool Read()
    {
        try
        {
            return _parser.Read();
        }
        catch (Exception error) when (error is CsvHelperException or IOException or DecoderFallbackException)
        {
            throw new DataException($"'{Path}' line {Line}: {error.Message.Split('\n')[0]}", error);
        }
    }

    /// <summary>Reads the first row as names, in lower case.</summary>
    public Dictionary<string, int> ReadHeader(string expected)
    {
        if (!Read())
        {
            throw new DataException($"'{Path}' is empty, expected {expected}.");
        }

        Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < Count; i++)
        {
            columns.TryAdd(this[i].Trim(), i);
        }

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
        int.TryParse(this[column], NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw AnnotationError.Make(Path, Line, this[column], $"a class number in column {column + 1}");

    public void Dispose() => _parser.Dispose();
}
