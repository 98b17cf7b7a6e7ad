namespace Avion.Peers;

/// <summary>A contrastive step of a dual encoder of video and text.</summary>
public sealed record DualEncoderWorkload(string Name, string Title) : StepWorkload(Name, Title)
{
    public const float VisionEpsilon = 1e-6f, TextEpsilon = 1e-5f;

    public required int Frames { get; init; }

    public required int ImageSize { get; init; }

    public required TransformerSize Vision { get; init; }

    public required TransformerSize Text { get; init; }

    public required int ContextLength { get; init; }

    public required int VocabularySize { get; init; }

    public required int EmbeddingSize { get; init; }

    /// <summary>Tokens of every caption: all of the context, or less where captions are not padded.</summary>
    public required int CaptionTokens { get; init; }

    /// <summary>Whether the last blocks compute only the rows that are read: the class token's and the last token's.</summary>
    public bool SkipsUnreadRows { get; init; }

    public int PatchSize => 16;

    /// <inheritdoc />
    public override Recipe Recipe() => RecipeOf("contrastive",
        $"model.embedding_size={EmbeddingSize}", $"model.vision.frames={Frames}", $"model.vision.image_size={ImageSize}",
        $"model.vision.patch_size={PatchSize}", $"model.vision.width={Vision.Width}", $"model.vision.layers={Vision.LayerCount}",
        $"model.vision.heads={Vision.HeadCount}", "model.vision.gelu=erf", "model.vision.norm_epsilon=1e-6",
        $"model.text.context_length={ContextLength}", $"model.text.vocabulary_size={VocabularySize}",
        $"model.text.width={Text.Width}", $"model.text.layers={Text.LayerCount}", $"model.text.heads={Text.HeadCount}",
        "model.text.gelu=erf", "model.text.norm_epsilon=1e-5");
}
