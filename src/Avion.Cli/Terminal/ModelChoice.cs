namespace Avion.Cli;

/// <summary>The model that a command line names, and how it computes.</summary>
internal sealed record ModelChoice
{
    /// <summary>File of weights that describes itself, checkpoint, or run folder.</summary>
    public required string Path { get; init; }

    /// <summary>The merges file that is named; null for the model's own.</summary>
    public required string? Vocabulary { get; init; }

    public required DeviceList Devices { get; init; }

    /// <summary>A word of <c>train.precision</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>Threads that compute; 0 for all.</summary>
    public required int Threads { get; init; }

    /// <summary>How clips are read.</summary>
    public required FeatureOptions Reading { get; init; }

    /// <summary>Makes sure that the files are there, before anything is started.</summary>
    /// <exception cref="UsageException">There is nothing of a name.</exception>
    public void RequireFiles()
    {
        _ = NamedPath.Require(Path, "a run, a checkpoint or a file of weights");
        if (Vocabulary is not null)
        {
            _ = NamedPath.Require(Vocabulary, "a merges file");
        }
    }

    /// <summary>Opens it, and tells what computes with which weights.</summary>
    /// <exception cref="UsageException">There is no model of clips and texts to be had of the path.</exception>
    public OpenModel Open(Action<string> tell)
    {
        DeviceChoice choice = DeviceChoice.Of(Devices, Precision);
        tell($"Computing on {choice.Text}.");
        Device device = choice.Open(rank: 0, Threads);
        try
        {
            FeatureExtractor extractor = RefusedStart.Run(() => FeatureExtractor.Open(Path, device));
            tell($"Weights: {extractor.WeightsText}. A clip is {extractor.FramesText}.");
            return new OpenModel(choice, device, extractor);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}
