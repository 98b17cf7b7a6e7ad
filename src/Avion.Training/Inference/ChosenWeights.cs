namespace Avion.Training;

/// <summary>The weights that a path of the user's stands for: of a checkpoint those that its recipe evaluates, as trained
/// or their average.</summary>
/// <param name="File">The file.</param>
/// <param name="Text">Which weights they are, such as <c>step-000300, the best of 'runs/demo': the average of its weights</c>.</param>
/// <param name="Recipe">How they were trained; null where nothing tells.</param>
internal sealed record ChosenWeights(string File, string Text, Recipe? Recipe)
{
    /// <summary>Finds a file of weights, a checkpoint, a pointer to one, or the best checkpoint of a run.</summary>
    /// <exception cref="RunException">There is no checkpoint.</exception>
    public static ChosenWeights Of(string path)
    {
        if (CheckpointChoice.TryOf(path) is not { } choice)
        {
            return new ChosenWeights(WeightsPath.Find(path), $"'{path}'", null);
        }

        string recipePath = Path.Combine(choice.Folder, CheckpointStore.RecipeFile),
            average = Path.Combine(choice.Folder, WeightAverage.FileName);
        Recipe? recipe = System.IO.File.Exists(recipePath) ? RecipeReader.ReadFile(recipePath) : null;
        return recipe?.Evaluate.TakesAverage == true && System.IO.File.Exists(average)
            ? new ChosenWeights(average, $"{choice.Text}: the average of its weights", recipe)
            : new ChosenWeights(Path.Combine(choice.Folder, Checkpoint.FileName), $"{choice.Text}: the weights as trained", recipe);
    }

    /// <summary>Frames from one that is read to the next, where evaluation takes them at a distance; null where it spreads them evenly over
    /// a clip, as where nothing tells how the weights were trained.</summary>
    public int? FrameStride => Recipe is null or { Data.FrameSampling: "segment" } ? null : Recipe.Data.FrameStride;

    /// <summary>The classes that a run keeps beside the weights of its classifier, where that has one head; null
    /// where they are not told.</summary>
    public IReadOnlyList<string>? ClassNames(ModelArchitecture architecture)
    {
        string path = Path.Combine(Folder, ClassFile.FileName);
        int? count = architecture switch
        {
            { VideoClassifier.Heads: [ClassifierHead only] } => only.ClassCount,
            { VideoMaeClassifier: { } classifier } => classifier.ClassCount,
            _ => null,
        };
        if (count is null || !System.IO.File.Exists(path))
        {
            return null;
        }

        ClassList classes = ClassificationData.LearnedOf(ClassFile.Read(path), Recipe?.Options as ClassificationOptions ?? new());
        return classes.Count == count ? classes.Names : null;
    }

    /// <summary>The merges file that the model was trained with: the one beside the weights, the weights that carry one, or CLIP's; null
    /// where there is none.</summary>
    public string? VocabularyPath() => VocabularyFiles.InFolder(Folder)
        ?? (Checkpoint.ReadDetails(File).Vocabulary is not null ? File : VocabularySearch.Find(Folder));

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(File))!;
}
