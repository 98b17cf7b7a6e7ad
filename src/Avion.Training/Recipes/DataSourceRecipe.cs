namespace Avion.Training;

/// <summary>One set of annotated clips (keys <c>data.train.*</c>, <c>data.train.sources.NAME.*</c> and <c>data.validation.*</c>).</summary>
public sealed record DataSourceRecipe
{
    public string Videos { get; init; } = "";

    public TextList Annotations { get; init; } = TextList.Empty;

    public int ChunkSeconds { get; init; } = 15;

    public double FramesPerSecond { get; init; }

    /// <summary>Whether anything is named.</summary>
    public bool IsNamed => Annotations.Count > 0 || Videos.Length > 0;

    internal static IEnumerable<RecipeKey> Keys =>
    [
        .. KeysIn(new RecipeSection<DataSourceRecipe>("data.train.", r => r.Data.Train,
            (r, s) => r with { Data = r.Data with { Train = s } }),
            "train on"),
        .. KeysIn(new RecipeSection<DataSourceRecipe>(
            "data.validation.", r => r.Data.Validation, (r, s) => r with { Data = r.Data with { Validation = s } }), "evaluate on"),
    ];

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<DataSourceRecipe> source, string purpose)
    {
        yield return source.Text("videos", $"Where the videos to {purpose} lie: a folder, a folder of tar shards, or shards by name "
            + "(train-{0000..0127}.tar).", s => s.Videos, (s, v) => s with { Videos = v }).LocatingData();
        yield return source.List("annotations", $"Files of the clips to {purpose} (CSV, JSON lines, pickles or lists); "
            + "none where tar shards say it themselves.", s => s.Annotations, (s, v) => s with { Annotations = v }).LocatingData();
        yield return source.Integer("chunk_seconds", "Length of the files that each video is cut into; 0: one file per video.",
            0, 86_400, s => s.ChunkSeconds, (s, v) => s with { ChunkSeconds = (int)v });
        yield return source.Number("frames_per_second", "Rate by which times become frame numbers; 0: that of each video.",
            NumberRange.AtLeast(0), s => s.FramesPerSecond, (s, v) => s with { FramesPerSecond = v });
    }
}
