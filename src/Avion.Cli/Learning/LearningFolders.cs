namespace Avion.Cli;

/// <summary>Where `avion bench learn` keeps what it makes, and where the tiny recipes look for it.</summary>
internal sealed record LearningFolders(string Root)
{
    /// <summary>The folder where the tiny recipes look.</summary>
    public const string DefaultRoot = "learn";

    private const string Marker = ".avion-learn";

    /// <summary>Videos as a chunk tree: train/NUMBER.mp4/SECOND.mp4 and validation/NUMBER.mp4/SECOND.mp4.</summary>
    public string Videos => Path.Combine(Root, "data", "videos");

    /// <summary>The videos of one split.</summary>
    public string VideosOf(string split) => Path.Combine(Videos, split);

    /// <summary>Columns video, start, end, caption, label.</summary>
    public string Annotations(string split) => Path.Combine(Root, "data", split + ".csv");

    /// <summary>The same clips in the form of EPIC-KITCHENS-100, with verb and noun.</summary>
    public string EpicAnnotations(string split) => Path.Combine(Root, "data", $"epic_{split}.csv");

    /// <summary>The distinct captions, by the narration that stands for each.</summary>
    public string Sentences(string split) => Path.Combine(Root, "data", $"epic_{split}_sentence.csv");

    /// <summary>Pickled matrix, relevance of each sentence to each clip.</summary>
    public string Relevancy(string split) => Path.Combine(Root, "data", $"epic_{split}_relevancy.pkl");

    /// <summary>What was asked for when the data was made; nothing where it is not complete.</summary>
    public string DataState => Path.Combine(Root, "data", "complete.txt");

    public string RunOf(string name) => Path.Combine(Root, "runs", name);

    /// <summary>Makes the folder, or finds an earlier one.</summary>
    /// <exception cref="UsageException">The folder holds files that the command did not make.</exception>
    public void Claim() => OwnFolder.Claim(Root, Marker, "avion bench learn");
}
