using System.Runtime.InteropServices;

namespace Avion.Data;

public sealed partial class ClipTable
{
    private const int MostLabels = 64, MostNotes = 64;

    /// <summary>Writes all of the table but its name.</summary>
    internal void Write(CacheWriter writer)
    {
        writer.Write(LabelCount);
        for (int label = 0; label < LabelCount; label++)
        {
            writer.Write(_labelNames[label]);
            writer.Write(Classes[label].HasNames ? 1 : 0);
            writer.Write(Classes[label].Count);
            foreach (string name in Classes[label].HasNames ? Classes[label].Names : [])
            {
                writer.Write(name);
            }
        }

        writer.Write(Notes.Count);
        foreach (string note in Notes)
        {
            writer.Write(note);
        }

        writer.Write(_unit);
        writer.Write(_places.Count);
        foreach ((int clip, long place) in _places)
        {
            writer.Write(clip);
            writer.Write(place);
        }

        _videos.Write(writer);
        writer.Write(_videoOfClip);
        writer.Write(_starts);
        writer.Write(_ends);
        writer.Write(_firstCaptions);
        writer.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_labels)));
        Captions.Write(writer);
        writer.Write(_weights is null ? 0 : 1);
        if (_weights is not null)
        {
            writer.Write(_weights);
        }
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static ClipTable Read(string name, CacheReader reader)
    {
        string[] labelNames = new string[reader.ReadCount(MostLabels)];
        ClassList[] classes = new ClassList[labelNames.Length];
        for (int label = 0; label < labelNames.Length; label++)
        {
            labelNames[label] = reader.ReadText();
            bool hasNames = reader.ReadCount(1) == 1;
            int count = reader.ReadCount(hasNames ? reader.Remaining / sizeof(long) : ClassList.MostClasses);
            classes[label] = hasNames
                ? new ClassList(labelNames[label], [.. Enumerable.Range(0, count).Select(_ => reader.ReadText())])
                : ClassList.Numbered(labelNames[label], count);
        }

        string[] notes = [.. Enumerable.Range(0, reader.ReadCount(MostNotes)).Select(_ => reader.ReadText())];
        ClipTable table = new(name, labelNames) { Notes = notes, _unit = reader.ReadText(), _classes = classes };
        for (int left = reader.ReadCount(reader.Remaining / 16); left > 0; left--)
        {
            table._places.Add((reader.ReadCount(int.MaxValue), reader.ReadInt64()));
        }

        table._videos.Read(reader);
        reader.Read(table._videoOfClip);
        reader.Read(table._starts);
        reader.Read(table._ends);
        reader.Read(table._firstCaptions);
        reader.Expect(table._starts.Count == table.Count && table._ends.Count == table.Count && table._firstCaptions.Count == table.Count);
        CollectionsMarshal.SetCount(table._labels, checked(table.Count * labelNames.Length));
        reader.Read(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(table._labels)));
        table.Captions.Read(reader);
        if (reader.ReadCount(1) == 1)
        {
            table._weights = new Column<float>();
            reader.Read(table._weights);
            reader.Expect(table._weights.Count == table.Captions.Count);
        }

        reader.Expect(table.IsConsistent());
        return table;
    }

    /// <summary>Whether every number points at something.</summary>
    private bool IsConsistent()
    {
        int previous = 0;
        for (int block = 0; block < _videoOfClip.BlockCount; block++)
        {
            foreach (int video in _videoOfClip.Span(block))
            {
                if ((uint)video >= (uint)_videos.Count)
                {
                    return false;
                }
            }

            foreach (int first in _firstCaptions.Span(block))
            {
                if (first < previous || first > Captions.Count)
                {
                    return false;
                }

                previous = first;
            }
        }

        return true;
    }
}
