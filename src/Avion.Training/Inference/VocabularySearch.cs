namespace Avion.Training;

/// <summary>Where CLIP's published merges file is looked for when nobody names it.</summary>
internal static class VocabularySearch
{
    /// <summary>Names the file.</summary>
    public const string Variable = "AVION_CLIP_VOCABULARY";

    private static readonly string[] s_names = ["bpe_simple_vocab_16e6.txt", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.js"];

    /// <summary>What to do when the file is nowhere.</summary>
    public static string Remedy { get; } =
        $"needs CLIP's published merges file {s_names[0]} (or .gz): name it with --vocabulary or {Variable}, "
        + $"or put it beside the file that needs it or into {CacheFolder()}";

    /// <summary>The file that the variable names; else one in the folder; else one in the user's cache; else null.</summary>
    public static string? Find(string folder)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return named;
        }

        IEnumerable<string> folders = [folder, CacheFolder()];
        return folders.SelectMany(place => s_names.Select(name => Path.Combine(place, name))).FirstOrDefault(File.Exists);
    }

    private static string CacheFolder()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        string root = string.IsNullOrEmpty(cache)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
            : cache;
        return Path.Combine(root, "avion");
    }
}
