namespace Avion.Models;

/// <summary>What a checkpoint tells about itself beside its weights.</summary>
public sealed record CheckpointDetails
{
    private const string ModelKey = "avion.model", TokenizerKey = "avion.tokenizer", RecipeKey = "avion.recipe",
        VocabularyKey = "avion.vocabulary";

    /// <summary>What to build; null in files of other programs.</summary>
    public ModelArchitecture? Architecture { get; init; }

    /// <summary>Which vocabulary the text tower was trained with: its size and a digest; null if the model reads no text.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The merges of that vocabulary, in the file format of CLIP; null where the file stands beside one,
    /// or none is known.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>The resolved recipe of the run, as YAML; null for weights that no run of ours trained.</summary>
    public string? Recipe { get; init; }

    /// <summary>As texts beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata()
    {
        Dictionary<string, string> metadata = new() { ["format"] = "avion" };
        AddUnlessNull(metadata, ModelKey, Architecture?.ToJson());
        AddUnlessNull(metadata, TokenizerKey, Tokenizer);
        AddUnlessNull(metadata, RecipeKey, Recipe);
        AddUnlessNull(metadata, VocabularyKey, Vocabulary);
        return metadata;
    }

    /// <summary>From the texts beside the tensors of an open file.</summary>
    /// <exception cref="CheckpointException">The description of the model is damaged.</exception>
    public static CheckpointDetails Of(TensorArchive archive)
    {
        try
        {
            return new CheckpointDetails
            {
                Architecture = archive.Metadata.TryGetValue(ModelKey, out string? json) ? ModelArchitecture.FromJson(json) : null,
                Tokenizer = archive.Metadata.GetValueOrDefault(TokenizerKey),
                Recipe = archive.Metadata.GetValueOrDefault(RecipeKey),
                Vocabulary = archive.Metadata.GetValueOrDefault(VocabularyKey),
            };
        }
        catch (System.Exception exception) when (exception is System.Text.Json.JsonException or System.ArgumentException)
        {
            throw new CheckpointException(archive.Path, $"its description of the model is damaged ({exception.Message.TrimEnd('.')})",
                inner: exception);
        }
    }

    private static void AddUnlessNull(Dictionary<string, string> metadata, string key, string? value)
    {
        if (value is not null)
        {
            metadata[key] = value;
        }
    }
}
