namespace Avion.Dashboard;

/// <summary>What is known of a run besides its files. Who makes a report finds it out: reports know neither recipes nor models.</summary>
public sealed record ReportFindings
{
    /// <summary>Keys of the recipe whose values are not the task's defaults.</summary>
    public IReadOnlyList<RecipeChange> RecipeChanges { get; init; } = [];

    /// <summary>Why the recipe could not be compared with defaults; empty where it was.</summary>
    public string RecipeNote { get; init; } = "";

    /// <summary>Figures that were measured besides those of the log.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>The held-out clips with what the model answered; null where there are none.</summary>
    public IClipGallery? Gallery { get; init; }

    /// <summary>Clips whose hidden parts a masked autoencoder filled in.</summary>
    public IReadOnlyList<Reconstruction> Reconstructions { get; init; } = [];

    /// <summary>Why there are neither answers nor reconstructions; empty where there are.</summary>
    public string ClipsNote { get; init; } = "";
}

/// <summary>A key of a recipe.</summary>
public sealed record RecipeChange(string Key, string Value, string Default);

/// <summary>A figure as text, beside what chance gives; chance is empty where it has no meaning.</summary>
public sealed record Figure(string Name, string Value, string Chance = "");

/// <summary>A clip in three rows of frames: as it is, what the model saw of it, and what it made of that.</summary>
/// <param name="Clip">The clip's name.</param>
/// <param name="Error">Mean squared error of its hidden parts, as in training.</param>
/// <param name="Picture">The rows, as PNG or JPEG.</param>
public sealed record Reconstruction(string Clip, double Error, byte[] Picture);
