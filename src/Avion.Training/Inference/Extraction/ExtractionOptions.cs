namespace Avion.Training;

/// <summary>The form in which features are written.</summary>
public enum FeatureForm
{
    /// <summary>A matrix of NumPy for each output, and JSON lines with the clip of each row.</summary>
    Npy,

    /// <summary>One file with everything; see <see cref="FeatureSet"/>.</summary>
    Safetensors,

    /// <summary>One table: a column for each fact of a clip, and a list of numbers for each output.</summary>
    Parquet,
}

/// <summary>Where features are written, and how.</summary>
public sealed record ExtractionOptions
{
    /// <summary>A folder of its own.</summary>
    public required string Folder { get; init; }

    /// <summary>The form.</summary>
    public FeatureForm Form { get; init; } = FeatureForm.Npy;

    /// <summary>How clips are read.</summary>
    public FeatureOptions Features { get; init; } = new();

    /// <summary>K likeliest classes of each head that are written for each clip; 0: none. Classifiers only.</summary>
    public int Predictions { get; init; }

    /// <summary>Names of the classes of each head in place of those that the weights tell; null where they tell.</summary>
    public IReadOnlyList<ClassList>? Classes { get; init; }

    /// <summary>Begins anew in a folder that holds other features.</summary>
    public bool Replaces { get; init; }

    /// <summary>How often what is done is put on the disk: at most as much is lost when the process is killed.</summary>
    public double SaveSeconds { get; init; } = 10;
}
