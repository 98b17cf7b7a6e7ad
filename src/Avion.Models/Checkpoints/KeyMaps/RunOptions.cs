namespace Avion.Models;

/// <summary>The run options that the reference keeps in its checkpoints as <c>args</c>, from which its loaders build the model.</summary>
internal static class RunOptions
{
    /// <summary>The options of a dual encoder; none for other models, and no <c>model</c> for sizes without a published name.</summary>
    public static IReadOnlyDictionary<string, object> Of(ModelArchitecture? architecture, WeightFamily family)
    {
        Dictionary<string, object> options = [];
        if (architecture?.DualEncoder is not { } encoder)
        {
            return options;
        }

        if (NameOf(encoder) is { } name)
        {
            options["model"] = name;
        }

        // The linear projection of patches and fused attention go with the flash names; the reference reads no others with them.
        bool isFlash = family == WeightFamily.Avion;
        options["context_length"] = encoder.Text.ContextLength;
        options["vocab_size"] = encoder.Text.VocabularySize;
        options["project_embed_dim"] = encoder.EmbeddingSize;
        options["clip_length"] = encoder.Vision.FrameCount;
        options["norm_style"] = architecture.Normalization.Name == PixelNormalization.ImageNet.Name ? "timm" : "openai";
        options["pretrain_zoo"] = "openai";
        options["pretrain_path"] = "";
        options["use_flash_attn"] = isFlash;
        options["use_fast_conv1"] = isFlash;
        options["grad_checkpointing"] = false;
        options["patch_dropout"] = 0.0;
        options["drop_path_rate"] = 0.0;
        return options;
    }

    private static string? NameOf(DualEncoderConfig encoder)
    {
        foreach (string name in (string[])["CLIP_VITB16", "CLIP_VITL14", "CLIP_VITL14_336PX"])
        {
            DualEncoderConfig known = DualEncoderPresets.Get(name, encoder.Vision.FrameCount);
            VisionConfig theirs = known.Vision, ours = encoder.Vision;
            bool isSame = (theirs.ImageSize, theirs.PatchSize, theirs.Width, theirs.LayerCount, theirs.HeadCount)
                    == (ours.ImageSize, ours.PatchSize, ours.Width, ours.LayerCount, ours.HeadCount)
                && (known.Text.Width, known.Text.LayerCount, known.Text.HeadCount)
                    == (encoder.Text.Width, encoder.Text.LayerCount, encoder.Text.HeadCount);
            if (isSame)
            {
                return name;
            }
        }

        return null;
    }
}
