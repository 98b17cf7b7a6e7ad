using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Features as a safetensors file; the form is that of <see cref="FeatureSet"/>.</summary>
internal static class FeatureFile
{
    private const string Start = "start", End = "end", Video = "video", Clip = "clip", View = "view";
    private const string VideosKey = "videos", OutputsKey = "outputs", UnitKey = "unit";
    private const int PartBytes = 1 << 20;

    /// <summary>Gives the next values of an output.</summary>
    public delegate void ReadValues(int output, Span<byte> bytes);

    public static void Write(string path, FeatureSet set)
    {
        int[] done = new int[set.Outputs.Count];
        Write(path, set.Outputs, set.Rows, set.Details, (output, bytes) =>
        {
            int count = bytes.Length / sizeof(float);
            MemoryMarshal.AsBytes(set.Values(output).Slice(done[output], count)).CopyTo(bytes);
            done[output] += count;
        });
    }

    /// <summary>Writes features that are read in order, a few rows at a time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="outputs">What each row holds.</param>
    /// <param name="rows">The clip of each row.</param>
    /// <param name="details">Texts that go along.</param>
    /// <param name="read">Gives the next values of an output.</param>
    public static void Write(string path, IReadOnlyList<FeatureOutput> outputs, IReadOnlyList<FeatureRow> rows,
        IDictionary<string, string> details, ReadValues read)
    {
        Dictionary<string, int> videos = new(StringComparer.Ordinal);
        int[] numbers = [.. rows.Select(row => videos.TryGetValue(row.File, out int known) ? known : videos[row.File] = videos.Count)];
        List<TensorEntry> entries =
            [.. outputs.Select(output => new TensorEntry(output.Name, ElementType.Float32, [rows.Count, output.Size]))];
        entries.AddRange(
        [
            new TensorEntry(Start, ElementType.Float64, [rows.Count]), new TensorEntry(End, ElementType.Float64, [rows.Count]),
            new TensorEntry(Video, ElementType.Int32, [rows.Count]), new TensorEntry(Clip, ElementType.Int32, [rows.Count]),
            new TensorEntry(View, ElementType.Int32, [rows.Count]),
        ]);
        Dictionary<string, string> metadata = new(details, StringComparer.Ordinal)
        {
            [VideosKey] = JsonOf([.. videos.Keys]),
            [OutputsKey] = JsonOf([.. outputs.Select(output => output.Name)]),
            [UnitKey] = JsonOf([.. outputs.Where(output => output.IsUnit).Select(output => output.Name)]),
        };
        using SafetensorsWriter writer = new(path, entries, metadata);
        byte[] part = new byte[PartBytes];
        int next = 0;
        for (; next < outputs.Count; next++)
        {
            for (long left = entries[next].ByteCount; left > 0;)
            {
                Span<byte> bytes = part.AsSpan(0, (int)Math.Min(left, part.Length));
                read(next, bytes);
                writer.Write(entries[next], bytes);
                left -= bytes.Length;
            }
        }

        WriteColumn(writer, entries[next++], (ReadOnlySpan<double>)[.. rows.Select(row => row.Span.Start)]);
        WriteColumn(writer, entries[next++], (ReadOnlySpan<double>)[.. rows.Select(row => row.Span.End)]);
        WriteColumn(writer, entries[next++], (ReadOnlySpan<int>)numbers);
        WriteColumn(writer, entries[next++], (ReadOnlySpan<int>)[.. rows.Select(row => row.Clip)]);
        WriteColumn(writer, entries[next], (ReadOnlySpan<int>)[.. rows.Select(row => row.View)]);
        writer.Complete();
    }

    public static FeatureSet Read(string path)
    {
        using TensorArchive archive = TensorArchive.Open(path);
        string[] videos = Texts(archive, VideosKey), units = Texts(archive, UnitKey);
        TensorEntry[] matrices = [.. Texts(archive, OutputsKey).Select(name => archive[name])];
        double[] starts = Column<double>(archive, Start, ElementType.Float64), ends = Column<double>(archive, End, ElementType.Float64);
        int[] numbers = Column<int>(archive, Video, ElementType.Int32), clips = Column<int>(archive, Clip, ElementType.Int32);
        int[] views = Column<int>(archive, View, ElementType.Int32);
        int count = starts.Length;
        if (ends.Length != count || numbers.Length != count || clips.Length != count || views.Length != count
            || Array.Exists(numbers, number => (uint)number >= (uint)videos.Length)
            || Array.Exists(matrices,
                matrix => matrix.Type != ElementType.Float32 || matrix.Extents is not [long rows, > 0 and < int.MaxValue] || rows != count))
        {
            throw new CheckpointException(path, "its tensors do not belong together", "Extract the features again.");
        }

        FeatureSet set =
            new([.. matrices.Select(matrix => new FeatureOutput(matrix.Name, (int)matrix.Extents[1], units.Contains(matrix.Name)))]);
        float[][] row = [.. set.Outputs.Select(output => new float[output.Size])];
        for (int i = 0; i < count; i++)
        {
            for (int output = 0; output < row.Length; output++)
            {
                archive.ReadBytes(matrices[output], (long)i * row[output].Length, MemoryMarshal.AsBytes(row[output].AsSpan()));
            }

            set.Add(new FeatureRow(clips[i], videos[numbers[i]], new ClipSpan(starts[i], ends[i]), views[i]), row);
        }

        foreach ((string key, string value) in archive.Metadata.Where(pair => pair.Key is not (VideosKey or OutputsKey or UnitKey)))
        {
            set.Details[key] = value;
        }

        return set;
    }

    private static void WriteColumn<T>(SafetensorsWriter writer, TensorEntry entry, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        for (int first = 0; first < values.Length; first += PartBytes)
        {
            writer.Write(entry, MemoryMarshal.AsBytes(values.Slice(first, Math.Min(PartBytes, values.Length - first))));
        }
    }

    private static T[] Column<T>(TensorArchive archive, string name, ElementType type)
        where T : unmanaged
    {
        TensorEntry entry = archive[name];
        if (entry.Type != type || entry.Extents.Length != 1)
        {
            throw new CheckpointException(archive.Path, $"its tensor '{name}' is {entry}, expected one number of {type} for each row");
        }

        T[] values = new T[checked((int)entry.ElementCount)];
        archive.ReadBytes(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static string[] Texts(TensorArchive archive, string key)
    {
        try
        {
            return archive.Metadata.TryGetValue(key, out string? json)
                && JsonSerializer.Deserialize(json, FeatureFileJson.Default.StringArray) is { } texts
                && !texts.Contains(null)
                ? texts
                : throw new CheckpointException(archive.Path, $"it holds no features: its metadata lack '{key}'");
        }
        catch (JsonException error)
        {
            throw new CheckpointException(archive.Path, $"its metadata '{key}' are no list of texts ({error.Message.TrimEnd('.')})",
                inner: error);
        }
    }

    private static string JsonOf(string[] texts) => JsonSerializer.Serialize(texts, FeatureFileJson.Default.StringArray);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class FeatureFileJson : System.Text.Json.Serialization.JsonSerializerContext;
