namespace Avion.Training;

/// <summary>Writes the weights of a run, a checkpoint or a file for other programs, with the vocabulary or the classes
/// that belong to them.</summary>
public static class ModelExport
{
    private const string ExampleText = "a person opens a door";

    /// <summary>As ONNX graphs: <see cref="OnnxExport"/>.</summary>
    /// <param name="path">A run, a checkpoint, a pointer to one, or a file of weights that describes itself.</param>
    /// <param name="folder">Where to; made where it is not there.</param>
    /// <exception cref="CheckpointException">The weights are damaged or do not say what they are.</exception>
    /// <exception cref="ExportException">The model has no such form.</exception>
    /// <exception cref="RunException">There is no checkpoint.</exception>
    public static ExportReport ToOnnx(string path, string folder) => Write(path, folder, OnnxExport.Write);

    /// <summary>As a folder for open_clip and PyTorch: <see cref="OpenClipExport"/>.</summary>
    /// <inheritdoc cref="ToOnnx" />
    public static ExportReport ToOpenClip(string path, string folder) => Write(path, folder, OpenClipExport.Write);

    private static ExportReport Write(string path, string folder, Func<string, string, ExportDetails, ExportReport> write)
    {
        ChosenWeights weights = ChosenWeights.Of(path);
        ModelArchitecture? architecture = Checkpoint.ReadDetails(weights.File).Architecture;
        ExportDetails details = new()
        {
            WeightsText = weights.Text,
            FrameStride = weights.FrameStride,
            ClassNames = architecture is null ? null : weights.ClassNames(architecture),
        };
        if (architecture?.DualEncoder is { } encoder && MergesOf(weights, encoder.Text) is { } merges)
        {
            BytePairTokenizer tokenizer = new(BytePairVocabulary.FromMerges(merges));
            details = details with
            {
                Vocabulary = new ConvertedVocabulary(VocabularyIdentity.Of(merges).ToString(), BytePairVocabulary.TextOf(merges)),
                Example = new ExampleText(ExampleText, tokenizer.Encode(ExampleText, encoder.Text.ContextLength)),
            };
        }

        return write(weights.File, folder, details);
    }

    /// <summary>The merges of a vocabulary of as many tokens as the model has; null where none is found:
    /// the weights are of use without.</summary>
    private static IReadOnlyList<(string Left, string Right)>? MergesOf(ChosenWeights weights, TextConfig text)
    {
        IReadOnlyList<(string Left, string Right)> merges = weights.VocabularyPath() is { } path ? VocabularyFiles.ReadMerges(path) : [];
        return merges.Count > 0 && VocabularyIdentity.Of(merges).Size == text.VocabularySize ? merges : null;
    }
}
