using System.Text.Json;
using System.Text.Unicode;

namespace Avion.Data;

/// <summary>One object of a file of JSON lines, read again and again into the same memory.</summary>
internal sealed class JsonRow(string path, string form)
{
    private readonly List<(int Start, int Length)> _captions = [];
    private byte[] _text = new byte[1 << 12];
    private int _used, _line;
    private Field _seen;
    private (int Start, int Length) _video, _start, _end;

    [Flags]
    private enum Field
    {
        None = 0, Video = 1, Start = 2, End = 4, Caption = 8, Label = 16, Weight = 32,
    }

    public ReadOnlySpan<byte> Video => Text(_video);

    public ReadOnlySpan<byte> Start => Text(_start);

    public ReadOnlySpan<byte> End => Text(_end);

    public int CaptionCount => _captions.Count;

    /// <summary>Whether a caption says anything, or there is none to say it.</summary>
    public bool HasWords { get; private set; }

    public List<string> Labels { get; } = [];

    public List<float> Weights { get; } = [];

    public ReadOnlySpan<byte> Caption(int index) => Text(_captions[index]);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="DataException">It is no such object.</exception>
    public void Read(int line, ReadOnlySpan<byte> json)
    {
        (_used, _line, _seen) = (0, line, Field.None);
        (_video, _start, _end) = (default, default, default);
        _captions.Clear();
        Labels.Clear();
        Weights.Clear();
        Utf8JsonReader reader = new(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            AnnotationError.Throw(path, line, Encoding.UTF8.GetString(json), form);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Field field = FieldOf(ref reader);
            if ((_seen & field) != 0)
            {
                throw new DataException($"'{path}' line {line}: the name '{NameOf(field)}' stands twice, expected it once.");
            }

            _seen |= field;
            reader.Read();
            ReadField(field, ref reader);
        }

        while (reader.Read())
        {
            // Nothing may follow the object: the reader throws if it does.
        }

        if (!Utf8.IsValid(json))
        {
            AnnotationText.Decode(path, $"line {line}", "(one that is not used)", json);
        }

        if (!ClipRows.HasWords(Video) || _captions.Count + Labels.Count == 0)
        {
            AnnotationError.Throw(path, line, Encoding.UTF8.GetString(json), form);
        }

        HasWords = _captions.Count == 0 || _captions.Exists(caption => ClipRows.HasWords(Text(caption)));
    }

    private void ReadField(Field field, ref Utf8JsonReader reader)
    {
        switch (field)
        {
            case Field.Video:
                _video = Scalar(ref reader, field, "the name of a video");
                break;
            case Field.Start:
                _start = Scalar(ref reader, field, "a start in seconds");
                break;
            case Field.End:
                _end = Scalar(ref reader, field, "an end in seconds");
                break;
            case Field.Caption or Field.Label or Field.Weight when reader.TokenType == JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    ReadItem(field, ref reader);
                }

                break;
            case Field.Caption or Field.Label or Field.Weight:
                ReadItem(field, ref reader);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    /// <summary>A caption, a label or a weight, alone or of an array.</summary>
    private void ReadItem(Field field, ref Utf8JsonReader item)
    {
        switch (field)
        {
            case Field.Caption when item.TokenType == JsonTokenType.String:
                _captions.Add(Copy(ref item, field));
                break;
            case Field.Label when item.TokenType is JsonTokenType.Number or JsonTokenType.String:
                Labels.Add(Encoding.UTF8.GetString(Text(Scalar(ref item, field, "a class"))).Trim());
                break;
            case Field.Weight when item.TokenType == JsonTokenType.Number && item.TryGetSingle(out float weight) && weight > 0
                && float.IsFinite(weight):
                Weights.Add(weight);
                break;
            default:
                throw Wrong(item.TokenType, field, field switch
                {
                    Field.Caption => "a caption or an array of captions",
                    Field.Label => "a class by name or number, or an array of them",
                    _ => "a weight above 0, or an array of them",
                });
        }
    }

    private static Field FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("video"u8) ? Field.Video
        : reader.ValueTextEquals("start"u8) ? Field.Start
        : reader.ValueTextEquals("end"u8) ? Field.End
        : reader.ValueTextEquals("caption"u8) ? Field.Caption
        : reader.ValueTextEquals("label"u8) ? Field.Label
        : reader.ValueTextEquals("weight"u8) ? Field.Weight
        : Field.None;

    private static string NameOf(Field field) => field.ToString().ToLowerInvariant();

    private ReadOnlySpan<byte> Text((int Start, int Length) place) => _text.AsSpan(place.Start, place.Length);

    private (int Start, int Length) Scalar(ref Utf8JsonReader reader, Field field, string expected)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return Copy(ref reader, field);
            case JsonTokenType.Number:
                Reserve(reader.ValueSpan.Length);
                reader.ValueSpan.CopyTo(_text.AsSpan(_used));
                _used += reader.ValueSpan.Length;
                return (_used - reader.ValueSpan.Length, reader.ValueSpan.Length);
            case JsonTokenType.Null:
                return default;
            default:
                throw Wrong(reader.TokenType, field, expected);
        }
    }

    /// <summary>A text of JSON without its escapes, which may cut a character in half; its bytes may be no text.</summary>
    private (int Start, int Length) Copy(ref Utf8JsonReader reader, Field field)
    {
        try
        {
            Reserve(reader.ValueSpan.Length);
            int length = reader.CopyString(_text.AsSpan(_used));
            ReadOnlySpan<byte> text = _text.AsSpan(_used, length);
            if (text.Contains((byte)0))
            {
                AnnotationText.Check(path, $"line {_line}", $"'{NameOf(field)}'", Encoding.UTF8.GetString(text));
            }

            _used += length;
            return (_used - length, length);
        }
        catch (InvalidOperationException error)
        {
            string place = $"line {_line}", name = $"'{NameOf(field)}'";
            _ = AnnotationText.Decode(path, place, name, reader.ValueSpan);
            throw new DataException($"'{path}' {place}, field {name}: got half of a character in "
                + $"'{Encoding.UTF8.GetString(reader.ValueSpan)}'. The text was cut in the middle of an emoji; write the whole character "
                + "or leave it out.", error);
        }
    }

    private void Reserve(int bytes)
    {
        while (_text.Length - _used < bytes)
        {
            Array.Resize(ref _text, 2 * _text.Length);
        }
    }

    private DataException Wrong(JsonTokenType got, Field field, string expected) =>
        AnnotationError.Make(path, _line, got.ToString(), $"{expected} in field '{NameOf(field)}'");
}
