using System.Text.Json;
using Avion.Video;
using Microsoft.Win32.SafeHandles;

namespace Avion.Data;

/// <summary>Captions and classes that lie beside a video in a shard: <c>NAME.txt</c>, <c>NAME.cls</c> and <c>NAME.json</c>, the
/// convention of WebDataset.</summary>
/// <remarks>
/// <c>.txt</c> is a caption; <c>.cls</c> the name or the number of a class; <c>.json</c> an object with <c>caption</c> (or <c>text</c>), a
/// string or an array of strings, and <c>label</c> (or <c>cls</c>), a name or a number or an array of them; other keys are left alone. A
/// caption that <c>.txt</c> and <c>.json</c> both give is taken once. Faults follow <see cref="AnnotationFaults"/>; videos that nothing
/// describes are left out and counted.
/// </remarks>
internal sealed class ShardAnnotations
{
    private const int LongestBytes = 1 << 20;

    private readonly List<string> _captions = [];
    private readonly List<string> _labels = [];
    private string _place = "";

    /// <summary>Whether a member describes a video.</summary>
    public static bool Are(string name) => Path.GetExtension(name) is ".txt" or ".cls" or ".json";

    /// <summary>Reads the descriptions of whole videos, in ordinal order of the videos' names.</summary>
    /// <param name="location">The shards, for messages.</param>
    /// <param name="shards">What lies in them.</param>
    /// <param name="repeated">Videos that several shards have: they are told apart by the shard's name before their own.</param>
    /// <exception cref="DataException">There is none, or a member is wrong.</exception>
    public static ClipTable Read(string location, IReadOnlyList<ShardListing> shards, IReadOnlySet<string> repeated)
    {
        SortedDictionary<string, ShardAnnotations> clips = new(StringComparer.Ordinal);
        AnnotationFaults faults = new(location, "clip");
        foreach (ShardListing shard in shards)
        {
            ReadShard(shard, repeated, clips, faults);
        }

        faults.Check();
        ClipTable table = Join(location, clips, faults);
        int videos = shards.Sum(shard => shard.Videos.Count);
        if (clips.Count < videos)
        {
            table.Notes = [.. table.Notes, $"{videos - clips.Count} of {videos} videos in '{location}' have neither caption nor label "
                + "beside them: they are left out."];
        }

        return table;
    }

    private static void ReadShard(
        ShardListing shard, IReadOnlySet<string> repeated, SortedDictionary<string, ShardAnnotations> clips, AnnotationFaults faults)
    {
        ILookup<string, TarMember> notes = shard.Notes.ToLookup(note => Stem(note.Name), StringComparer.Ordinal);
        if (notes.Count == 0)
        {
            return;
        }

        using SafeFileHandle file = RegularFile.Open(shard.Path);
        foreach (TarMember video in shard.Videos)
        {
            ShardAnnotations clip = new();
            foreach (TarMember note in notes[Stem(video.Name)].OrderBy(note => note.Name.EndsWith(".json", StringComparison.Ordinal)))
            {
                try
                {
                    clip.Take($"{shard.Path}/{note.Name}", Path.GetExtension(note.Name), ReadBytes(file, shard, note));
                }
                catch (DataException fault)
                {
                    faults.Refuse(fault, clips.Count + 1);
                }
            }

            if (clip._captions.Count + clip._labels.Count > 0)
            {
                clips.Add(shard.NameOf(video, repeated), clip);
            }
        }
    }

    private static ClipTable Join(string location, SortedDictionary<string, ShardAnnotations> clips, AnnotationFaults faults)
    {
        if (clips.Count == 0)
        {
            throw new DataException($"'{location}' has no NAME.txt, NAME.cls or NAME.json with a caption or a label beside its videos. "
                + "Name annotation files.");
        }

        int labels = clips.Values.First()._labels.Count;
        ClipRows rows = new(new ClipTable(location, labels), "clip", faults: faults);
        int place = 0;
        LabelColumn[] columns = [.. Enumerable.Range(0, labels).Select(_ => new LabelColumn(location, "label"))];
        foreach ((string name, ShardAnnotations clip) in clips)
        {
            if (clip._labels.Count != labels)
            {
                throw new DataException($"'{clip._place}' gives '{name}' {clip._labels.Count} labels, expected {labels} as for "
                    + $"'{clips.Keys.First()}'.");
            }

            byte[][] captions = [.. clip._captions.Select(Encoding.UTF8.GetBytes)];
            rows.Add(Encoding.UTF8.GetBytes(name), ClipSpan.Whole, ++place,
                [.. clip._labels.Zip(columns, (label, column) => column.Add(label, place))],
                hasWords: Array.Exists(captions, caption => ClipRows.HasWords(caption)));
            Array.ForEach(captions, caption => rows.AddCaption(caption));
        }

        for (int label = 0; label < labels && rows.Table.Count > 0; label++)
        {
            columns[label].Complete(rows.Table, label);
        }

        return rows.Complete("NAME.txt, NAME.cls or NAME.json beside its videos");
    }

    private static string Stem(string name) => name[..^Path.GetExtension(name).Length];

    private static byte[] ReadBytes(SafeFileHandle file, ShardListing shard, in TarMember note)
    {
        if (note.Length > LongestBytes)
        {
            throw new DataException($"'{shard.Path}' has the member '{note.Name}' of {note.Length} bytes, expected at most "
                + $"{LongestBytes}.");
        }

        byte[] bytes = new byte[note.Length];
        return RandomAccess.Read(file, bytes, note.Offset) == bytes.Length
            ? bytes
            : throw new DataException($"'{shard.Path}' ends inside the member '{note.Name}': it was cut short.");
    }

    private void Take(string place, string ending, byte[] bytes)
    {
        _place = place;
        if (ending == ".json")
        {
            TakeJson(place, bytes);
            return;
        }

        string text = AnnotationText.Decode(place, "line 1", ending == ".txt" ? "'caption'" : "'class'", bytes).Trim('\uFEFF').Trim();
        if (text.Length == 0 && ending != ".txt")
        {
            throw AnnotationError.Make(place, 1, text, "the name or the number of a class");
        }

        (ending == ".txt" ? _captions : _labels).Add(text);
    }

    private void TakeJson(string place, byte[] bytes)
    {
        string text = AnnotationText.Decode(place, "line 1", "'json'", bytes).Trim('\uFEFF');
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw AnnotationError.Make(place, 1, text, "an object");
            }

            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "caption" or "text":
                        _captions.AddRange(Texts(place, property).Where(caption => !_captions.Contains(caption)));
                        break;
                    case "label" or "cls" when _labels.Count == 0:
                        _labels.AddRange(Texts(place, property));
                        break;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DataException($"'{place}' is not JSON: {error.Message}", error);
        }
    }

    private static List<string> Texts(string place, JsonProperty property)
    {
        List<string> texts = [];
        IEnumerable<JsonElement> items = property.Value.ValueKind == JsonValueKind.Array
            ? property.Value.EnumerateArray()
            : [property.Value];
        foreach (JsonElement item in items)
        {
            string text = item.ValueKind is JsonValueKind.String ? item.GetString()!.Trim()
                : item.ValueKind is JsonValueKind.Number && property.Name is "label" or "cls" ? item.GetRawText() : "";
            if (text.Length == 0 && (item.ValueKind != JsonValueKind.String || property.Name is "label" or "cls"))
            {
                throw AnnotationError.Make($"{place}, field '{property.Name}',", 1, item.GetRawText(), "a text");
            }

            texts.Add(AnnotationText.Check(place, "line 1", $"'{property.Name}'", text));
        }

        return texts;
    }
}
