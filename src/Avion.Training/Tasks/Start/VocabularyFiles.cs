namespace Avion.Training;

/// <summary>Reads the merges of a vocabulary from whatever carries one.</summary>
public static class VocabularyFiles
{
    private static readonly string[] s_weightEndings = [".safetensors", ".pt", ".pth", ".bin"];

    /// <summary>The merges of a merges file; of a run or checkpoint, whose file lies in the folder; or of weights, which carry them in
    /// their description.</summary>
    /// <exception cref="DataException">There are none.</exception>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(string path)
    {
        if (Directory.Exists(path))
        {
            return BytePairVocabulary.ReadMerges(InFolder(path)
                ?? throw new DataException($"'{path}' has no {CaptionedData.VocabularyFile}, expected a run or checkpoint that reads "
                    + "captions."));
        }

        if (!IsWeights(path))
        {
            return BytePairVocabulary.ReadMerges(path);
        }

        return BytePairVocabulary.ParseMerges(Checkpoint.ReadDetails(path).Vocabulary
            ?? throw new DataException($"The weights '{path}' carry no vocabulary. Name the merges file that they were trained with."),
            path);
    }

    /// <summary>The vocabulary that lies beside the weights of a checkpoint, to go along with them; null for none.</summary>
    /// <param name="weights">A file of weights.</param>
    public static ConvertedVocabulary? Beside(string weights) =>
        OfCheckpoint(weights) is { } path
            ? new ConvertedVocabulary(VocabularyIdentity.Of(BytePairVocabulary.ReadMerges(path)).ToString(), File.ReadAllText(path))
            : null;

    /// <summary>Whether <see cref="ReadMerges"/> finds merges in a file of weights.</summary>
    internal static bool IsCarriedBy(string weights) => IsWeights(weights) && Checkpoint.ReadDetails(weights).Vocabulary is not null;

    /// <summary>The vocabulary beside the weights of a checkpoint, or null.</summary>
    internal static string? OfCheckpoint(string weights) => Path.GetFileName(weights) == Checkpoint.FileName
        ? InFolder(Path.GetDirectoryName(Path.GetFullPath(weights))!)
        : null;

    /// <summary>The vocabulary of a run or checkpoint, or null.</summary>
    internal static string? InFolder(string folder)
    {
        string path = Path.Combine(folder, CaptionedData.VocabularyFile);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Whether a name is that of a file of weights.</summary>
    internal static bool HasEndingOfWeights(string path) => s_weightEndings.Contains(Path.GetExtension(path).ToLowerInvariant());

    private static bool IsWeights(string path) => HasEndingOfWeights(path) && File.Exists(path);
}
