namespace Avion.Models;

/// <summary>Writes a model as ONNX graphs, with what their users need to know beside them.</summary>
/// <remarks>
/// A dual encoder becomes <c>video.onnx</c> and <c>text.onnx</c>, which end in unit vectors; a classifier <c>classifier.onnx</c>, which
/// ends in the logits of each head. Pixels are bytes: their normalization is part of the graph. Weights go out
/// in float32, tensor by tensor.
/// </remarks>
public static class OnnxExport
{
    /// <summary>Writes the graphs, <c>model.json</c>, the vocabulary where there is one, and <c>README.md</c>.</summary>
    /// <param name="weights">A file of weights that describes itself.</param>
    /// <param name="folder">Made where it is not there; files of these names are replaced.</param>
    /// <param name="details">What the folder tells.</param>
    /// <exception cref="CheckpointException">The file is damaged or does not say what it holds.</exception>
    /// <exception cref="ExportException">The model has no output of whole clips.</exception>
    public static ExportReport Write(string weights, string folder, ExportDetails details) =>
        Write(weights, folder, details, OnnxFile.MostBytes);

    /// <summary>As above, with another size up to which weights lie in the file of the graph.</summary>
    internal static ExportReport Write(string weights, string folder, ExportDetails details, long mostBytes)
    {
        using ExportSource source = ExportSource.Open(weights);
        ModelArchitecture architecture = source.Architecture;
        IEnumerable<(string Name, Action<OnnxLayers> Add)> graphs = GraphsOf(architecture);
        Directory.CreateDirectory(folder);
        List<string> files = [];
        foreach ((string name, Action<OnnxLayers> add) in graphs)
        {
            OnnxGraph graph = new(Path.GetFileNameWithoutExtension(name));
            add(new OnnxLayers(graph, source.Weights, source.Path));
            Dictionary<string, string> metadata = new() { ["avion.model"] = architecture.ToJson() };
            files.AddRange(OnnxFile.Write(Path.Combine(folder, name), graph, metadata, mostBytes).Select(path => Path.GetFileName(path)));
        }

        if (details.Vocabulary is { } vocabulary)
        {
            DurableFiles.WriteText(Path.Combine(folder, OnnxDescription.VocabularyFile), vocabulary.Merges);
            files.Add(OnnxDescription.VocabularyFile);
        }

        DurableFiles.WriteText(Path.Combine(folder, OnnxDescription.FileName), OnnxDescription.Of(source, details));
        DurableFiles.WriteText(Path.Combine(folder, OnnxReadme.FileName), OnnxReadme.Of(architecture, details));
        return new ExportReport(folder, [.. files, OnnxDescription.FileName, OnnxReadme.FileName], architecture, []);
    }

    private static IEnumerable<(string Name, Action<OnnxLayers> Add)> GraphsOf(ModelArchitecture architecture) => architecture switch
    {
        { DualEncoder: { } encoder } =>
        [
            (OnnxDescription.VideoFile, layers => OnnxTowers.AddVideoEncoder(layers, encoder, architecture.Normalization)),
            (OnnxDescription.TextFile, layers => OnnxTowers.AddTextEncoder(layers, encoder)),
        ],
        { VideoClassifier: { } classifier } =>
            [(OnnxDescription.ClassifierFile, layers => OnnxTowers.AddClassifier(layers, classifier, architecture.Normalization))],
        { VideoMaeClassifier: { } classifier } =>
            [(OnnxDescription.ClassifierFile, layers => OnnxTowers.AddClassifier(layers, classifier, architecture.Normalization))],
        _ => throw new ExportException($"The weights are those of {architecture.Kind}, which gives nothing of a whole clip. "
            + "Expected a dual encoder or a classifier; fine-tune the weights first."),
    };
}
