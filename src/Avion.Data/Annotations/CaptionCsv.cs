namespace Avion.Data;

/// <summary>Reads clips from CSV or TSV with a header: columns <c>video</c>, <c>start</c> and <c>end</c>, and <c>caption</c>, <c>label</c>
/// or both; maybe <c>weight</c>.</summary>
/// <remarks>
/// Columns are found by name, in any order and case; others are ignored. The names that EgoHOD and EgoClip give them are known too. Times
/// are seconds or HH:MM:SS.ff; both empty (or no such columns) mean the whole video. Rows that follow each other with the same video and
/// times are captions of one clip, unless the file has labels. A label is a class by its name or number: numbers where all are whole
/// numbers, names otherwise. In a column <c>text</c> a list in brackets, as Python writes it, is several captions.
/// </remarks>
public static class CaptionCsv
{
    private const string Header = "a header with the columns video, start, end, and caption or label";

    private static readonly string[] s_video = ["video", "video_id", "video_uid"];
    private static readonly string[] s_start = ["start", "start_second", "start_sec", "clip_start"];
    private static readonly string[] s_end = ["end", "end_second", "end_sec", "clip_end"];
    private static readonly string[] s_caption = ["caption", "text", "clip_text"];
    private static readonly string[] s_used = [.. s_video, .. s_start, .. s_end, .. s_caption, "label", "weight"];

    /// <summary>Whether a first line names one of the columns.</summary>
    internal static bool IsHeader(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line).Split(',', '\t')
        .Any(name => s_used.Contains(name.Trim().Trim('"'), StringComparer.OrdinalIgnoreCase));

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has line and field.</exception>
    public static ClipTable Read(string path)
    {
        using CsvTable csv = new(path);
        Columns columns = new(path, csv.ReadHeader(Header, name => s_used.Contains(name, StringComparer.OrdinalIgnoreCase)));
        ClipRows rows = new(new ClipTable(path, columns.Label < 0 ? 0 : 1), "line");
        Reader reader = new(csv, columns, rows);
        while (true)
        {
            try
            {
                if (!csv.Read())
                {
                    break;
                }

                reader.ReadRow();
            }
            catch (DataException fault)
            {
                rows.Faults.Refuse(fault, csv.Line);
            }
        }

        return reader.Complete();
    }

    /// <summary>What is likely wrong with a header, to go behind what is expected.</summary>
    private static string Hint(Dictionary<string, int> names)
    {
        foreach (char separator in ";|")
        {
            if (names.Keys.Any(name => name.Contains(separator) && name.Split(separator).Any(IsUsed)))
            {
                return $"; the separator looks like '{separator}': write a comma or a tab";
            }
        }

        return !names.Keys.Any(IsUsed) ? "; no column has such a name: give the file a header as its first line"
            : s_video.Any(names.ContainsKey) ? "; name the column of captions 'caption', or that of classes 'label'"
            : "; name the column of video files 'video'";

        static bool IsUsed(string name) => s_used.Contains(name.Trim().Trim('"'), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Places of the columns; -1 for one that is not there.</summary>
    private sealed class Columns
    {
        public Columns(string path, Dictionary<string, int> names)
        {
            (Video, Start, End, Caption) = (Find(s_video), Find(s_start), Find(s_end), Find(s_caption));
            (Label, Weight) = (Find("label"), Find("weight"));
            HasLists = Caption >= 0 && names.TryGetValue("text", out int text) && text == Caption;
            if (Video < 0 || (Caption < 0 && Label < 0))
            {
                AnnotationError.Throw(path, 1, string.Join(',', names.Keys), Header + Hint(names));
            }

            if (Start < 0 != End < 0)
            {
                AnnotationError.Throw(path, 1, string.Join(',', names.Keys), "columns for both start and end, or for none");
            }

            int Find(params ReadOnlySpan<string> spellings)
            {
                foreach (string spelling in spellings)
                {
                    if (names.TryGetValue(spelling, out int column))
                    {
                        return column;
                    }
                }

                return -1;
            }
        }

        public int Video { get; }

        public int Start { get; }

        public int End { get; }

        public int Caption { get; }

        public int Label { get; }

        public int Weight { get; }

        /// <summary>Captions may be lists.</summary>
        public bool HasLists { get; }
    }

    private sealed class Reader(CsvTable csv, Columns columns, ClipRows rows)
    {
        private readonly LabelColumn _labels = new(csv.Path, "label");
        private readonly List<string> _list = [];
        private byte[] _lastVideo = [];
        private int _lastVideoLength = -1;
        private ClipSpan _lastSpan;

        public void ReadRow()
        {
            ReadOnlySpan<byte> video = csv.Field(columns.Video).Trim(" \t"u8);
            if (video.IsEmpty)
            {
                AnnotationError.Throw(csv.Path, csv.Line, "", $"the name of a video in field {columns.Video + 1}");
            }

            ClipSpan span = columns.Start < 0 ? ClipSpan.Whole
                : TimeText.Span(csv.Path, csv.Line, csv.Field(columns.Start), csv.Field(columns.End));
            ReadOnlySpan<byte> caption = columns.Caption < 0 ? [] : csv.Field(columns.Caption);
            float? weight = columns.Weight < 0 ? null : Weight(csv.Field(columns.Weight));
            bool isList = columns.HasLists && PythonList.IsOne(caption);
            if (isList && !PythonList.TryRead(caption, _list))
            {
                AnnotationError.Throw(csv.Path, csv.Line, csv[columns.Caption], "a list of texts, such as ['a', 'b'], "
                    + $"in field {columns.Caption + 1} 'text'");
            }

            if (columns.Label >= 0)
            {
                rows.Add(video, span, csv.Line, [_labels.Add(csv[columns.Label].Trim(), csv.Line)]);
            }
            else if (IsSameClip(video, span))
            {
                rows.Continue(csv.Line);
            }
            else
            {
                rows.Add(video, span, csv.Line,
                    hasWords: isList ? _list.Exists(text => !string.IsNullOrWhiteSpace(text)) : ClipRows.HasWords(caption));
                Remember(video, span);
            }

            if (isList)
            {
                _list.ForEach(text => rows.AddCaption(Encoding.UTF8.GetBytes(text), weight));
            }
            else if (columns.Caption >= 0)
            {
                rows.AddCaption(caption, weight);
            }
        }

        public ClipTable Complete()
        {
            if (columns.Label >= 0 && rows.Table.Count > 0)
            {
                rows.Faults.Check();
                _labels.Complete(rows.Table, 0);
            }

            return rows.Complete("one clip a line");
        }

        // A clip that was left out is not continued: its next row is judged anew.
        private bool IsSameClip(ReadOnlySpan<byte> video, in ClipSpan span) => rows.IsTaken && span.Equals(_lastSpan)
            && video.SequenceEqual(_lastVideo.AsSpan(0, Math.Max(0, _lastVideoLength)));

        private void Remember(ReadOnlySpan<byte> video, in ClipSpan span)
        {
            if (_lastVideo.Length < video.Length)
            {
                _lastVideo = new byte[2 * video.Length];
            }

            video.CopyTo(_lastVideo);
            (_lastVideoLength, _lastSpan) = (video.Length, span);
        }

        private float Weight(ReadOnlySpan<byte> field) =>
            float.TryParse(field.Trim(" \t"u8), NumberStyles.Float, CultureInfo.InvariantCulture, out float weight) && weight > 0
                && float.IsFinite(weight)
                ? weight
                : throw AnnotationError.Make(csv.Path, csv.Line, Encoding.UTF8.GetString(field), "a weight above 0 in field 'weight'");
    }
}
