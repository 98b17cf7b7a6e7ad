namespace Avion.Data;

/// <summary>Writes made-up narrations as tables of text.</summary>
internal static class MadeUpTables
{
    /// <summary>Columns video, start, end, caption.</summary>
    public static void WriteCsv(string path, int clips, int seed)
    {
        MadeUpNarrations made = new(seed);
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(false), 1 << 20);
        writer.Write("video,start,end,caption\n");
        for (int clip = 0; clip < clips; clip++)
        {
            (_, string name, double start, double end) = made.NextClip();
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{name},{start:F3},{end:F3},"));
            writer.Write(Encoding.UTF8.GetString(made.NextNarration()));
            writer.Write('\n');
        }
    }

    /// <summary>Objects with video, start, end and a list of captions.</summary>
    public static void WriteJsonLines(string path, int clips, int captions, int seed)
    {
        MadeUpNarrations made = new(seed);
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(false), 1 << 20);
        for (int clip = 0; clip < clips; clip++)
        {
            (_, string name, double start, double end) = made.NextClip();
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"video\": \"{name}\", \"start\": {start:F3}, \"end\": {end:F3}, "
                + $"\"caption\": ["));
            for (int caption = 0; caption < captions; caption++)
            {
                writer.Write(caption == 0 ? "\"" : ", \"");
                writer.Write(Encoding.UTF8.GetString(made.NextNarration()));
                writer.Write('"');
            }

            writer.Write("]}\n");
        }
    }
}
