namespace Avion.Training;

/// <summary>A file or folder that a recipe names and this machine does not have.</summary>
/// <param name="Key">The recipe's key.</param>
/// <param name="Path">What it names; empty where it names nothing.</param>
/// <param name="Remedy">How to get it, as a sentence.</param>
public sealed record MissingInput(string Key, string Path, string Remedy)
{
    // Where published files are to be had, by what their names contain.
    private static readonly (string Part, string Remedy)[] s_sources =
    [
        ("relevancy", "The relevancy matrices of EPIC-KITCHENS-100: https://github.com/epic-kitchens/C5-Multi-Instance-Retrieval."),
        ("epic_100", "Get the annotations: git clone https://github.com/epic-kitchens/epic-kitchens-100-annotations."),
        ("ego4d", "LaViLa tells how its annotations of Ego4D are had: "
            + "https://github.com/facebookresearch/LaViLa/blob/main/datasets/README.md."),
        ("bpe_simple_vocab", "CLIP's vocabulary: https://github.com/openai/CLIP/raw/main/clip/bpe_simple_vocab_16e6.txt.gz, which needs no "
            + "unpacking."),
        ("vit-b-16", "OpenAI's weights: the addresses stand in https://github.com/openai/CLIP/blob/main/clip/clip.py; "
            + "no conversion is needed."),
        ("vit-l-14", "OpenAI's weights: the addresses stand in https://github.com/openai/CLIP/blob/main/clip/clip.py; "
            + "no conversion is needed."),
        ("k400", "Lists of Kinetics-400: https://github.com/MCG-NJU/VideoMAE/blob/main/DATASET.md."),
        ("kinetics", "Lists of Kinetics-400: https://github.com/MCG-NJU/VideoMAE/blob/main/DATASET.md."),
        ("videomae", "VideoMAE's weights: https://github.com/MCG-NJU/VideoMAE/blob/main/MODEL_ZOO.md; no conversion is needed."),
    ];

    /// <summary>The inputs of a recipe that are not there, by the keys that name files.</summary>
    public static IReadOnlyList<MissingInput> Of(Recipe recipe) =>
    [
        .. from key in RecipeSchema.Of(recipe).KeysOf(recipe)
           from path in key.PathsIn(recipe)
           where !IsPattern(path) && !File.Exists(path) && !Directory.Exists(path)
           select new MissingInput(key.Path, path, RemedyFor(recipe, key.Path, path)),
    ];

    /// <inheritdoc />
    public override string ToString() => $"{Key}: there is no file or folder '{Path}'. {Remedy}";

    // Which files a pattern stands for is known where they are opened.
    private static bool IsPattern(string path) => path.AsSpan().ContainsAny("{*?");

    // What the program makes by itself, by the folders that its recipes name.
    private static readonly (string Folder, string Remedy)[] s_made =
    [
        ("demo/data/", "The demo makes it: avion demo --data-only"), ("learn/data/", "Avion makes it: avion bench learn --data-only"),
        ("natural/chunks/", "benchmarks/natural.sh makes it"),
    ];

    private static string RemedyFor(Recipe recipe, string key, string path)
    {
        if (s_made.FirstOrDefault(made => path.Replace('\\', '/').StartsWith(made.Folder, StringComparison.Ordinal)).Remedy is { } own)
        {
            return own;
        }

        const string Videos = ".videos";
        if (key.EndsWith(Videos, StringComparison.Ordinal))
        {
            string? length = RecipeSchema.Of(recipe).Find($"{key[..^Videos.Length]}.chunk_seconds")?.ValueIn(recipe);
            return length is null or "0" ? $"Name the folder of your videos: --set {key}=FOLDER"
                : $"Make it from your videos: avion data prepare SOURCE {path}{(length == "15" ? "" : $" --chunk-seconds {length}")}";
        }

        string file = System.IO.Path.GetFileName(path).ToLowerInvariant();
        string? known = s_sources.FirstOrDefault(source => file.Contains(source.Part, StringComparison.Ordinal)).Remedy
            ?? s_sources.FirstOrDefault(source => path.Contains(source.Part, StringComparison.OrdinalIgnoreCase)).Remedy;
        return known is null ? $"Give another: --set {key}=PATH" : $"{known} Or give another: --set {key}=PATH";
    }
}
