namespace Avion.Training;

/// <summary>Builds the model that a recipe describes.</summary>
internal static class ModelSetup
{
    public static DualEncoder Create(Recipe recipe, ICaptionEncoder encoder, Device device, MemoryPlan memory)
    {
        ModelRecipe model = recipe.Model;
        if (encoder.VocabularySize > model.Text.VocabularySize)
        {
            throw new RunException($"The vocabulary has {encoder.VocabularySize} tokens, expected at most model.text.vocabulary_size "
                + $"{model.Text.VocabularySize}. Set model.text.vocabulary_size={encoder.VocabularySize}.");
        }

        // A caption is read at its end-of-text token, which is the last of the vocabulary: the model has no rows beyond it.
        DualEncoder encoderModel = DualEncoder.Create(
            ConfigOf(model, encoder.VocabularySize), device, recipe.Train.Seed, PixelNormalization.Get(model.Vision.PixelNormalization));
        memory.ApplyTo(encoderModel);
        encoderModel.LogitScale.IsFrozen |= recipe.Train.FreezeLogitScale;
        if (model.InitializeFrom.Length > 0)
        {
            Checkpoint.LoadInto(model.InitializeFrom, encoderModel);
        }

        return encoderModel;
    }

    /// <summary>The sizes that a recipe asks for.</summary>
    public static DualEncoderConfig ConfigOf(ModelRecipe model, int vocabularySize) => new()
    {
        EmbeddingSize = model.EmbeddingSize,
        Vision = new VisionConfig
        {
            FrameCount = model.Vision.Frames,
            ImageSize = model.Vision.ImageSize,
            PatchSize = model.Vision.PatchSize,
            Width = model.Vision.Width,
            LayerCount = model.Vision.Layers,
            HeadCount = model.Vision.Heads,
            Initialization = model.Vision.Initialization == "scaled" ? VisionInitialization.Scaled : VisionInitialization.Published,
            LayerScale = model.Vision.LayerScale > 0 ? (float)model.Vision.LayerScale : null,
        },
        Text = new TextConfig
        {
            ContextLength = model.Text.ContextLength,
            VocabularySize = vocabularySize,
            Width = model.Text.Width,
            LayerCount = model.Text.Layers,
            HeadCount = model.Text.Heads,
        },
    };
}
