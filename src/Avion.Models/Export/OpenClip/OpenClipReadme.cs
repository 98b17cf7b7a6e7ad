namespace Avion.Models;

/// <summary>What a folder for open_clip says to people.</summary>
internal static class OpenClipReadme
{
    /// <summary>As Markdown.</summary>
    public static string Of(DualEncoderConfig config, ExportDetails details)
    {
        VisionConfig vision = config.Vision;
        bool isVideo = vision.FrameCount > 1;
        return $$"""
            # {{(isVideo ? $"Video (clips of {vision.FrameCount} frames)" : "Picture")}} and text encoder, for open_clip and PyTorch

            Weights: {{details.WeightsText}}. Written by `avion export --to open_clip`.

            | file | what it holds |
            |---|---|
            | `open_clip_config.json`, `open_clip_model.safetensors` | the model in open_clip's form and names |
            {{(isVideo ? "| `temporal_embedding.safetensors` | what tells the frames apart; open_clip does not read it |\n" : "")
                + (details.Vocabulary is null ? "" : "| `bpe_vocabulary.txt.gz` | the merges that texts were split by |\n")
                }}| `avion_model.py` | the whole model in plain PyTorch, which needs no other package |

            {{(isVideo ? OfVideo(vision) : "")}}With open_clip 2.32 or later, from the folder's parent:

            ```python
            import open_clip
            model, _, preprocess = open_clip.create_model_and_transforms("local-dir:{{"FOLDER"}}")
            tokenizer = open_clip.SimpleTokenizer({{(details.Vocabulary is null ? "" : "bpe_path=\"FOLDER/bpe_vocabulary.txt.gz\", ")}}context_length={{config.Text.ContextLength}})
            ```

            With PyTorch alone, inside of the folder:

            ```python
            import torch
            from avion_model import DualEncoder

            model = DualEncoder(".")
            clips = torch.randint(0, 256, (2, {{vision.FrameCount}}, 3, {{vision.ImageSize}}, {{vision.ImageSize}}), dtype=torch.uint8)  # yours instead: RGB
            tokens = torch.tensor([{{(details.Example is { } example ? $"[{string.Join(", ", example.Tokens)}]" : "[start, ..., end]")}}])  # {{details.Example?.Text ?? "your text"}}
            print(model.encode_video(clips) @ model.encode_text(tokens).T)  # cosines, a row a clip
            ```

            """;
    }

    private static string OfVideo(VisionConfig vision) => $"""
        **What open_clip can do with it.** open_clip encodes single pictures. It loads this folder as the picture encoder that the video encoder
        becomes when a picture fills all of time (the mean of the time embedding is part of the positions), with the text encoder as it is.
        Attention over all patches of {vision.FrameCount} frames at once, which the model was trained with, is in `avion_model.py` alone.


        """;
}
