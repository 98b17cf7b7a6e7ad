namespace Avion.Models;

// Legend: B clips or captions, T frames, S patches of a frame, N tokens, L tokens of a caption, D width.

/// <summary>The towers of Avion's models as ONNX graphs; what each computes is told beside the tower itself.</summary>
internal static class OnnxTowers
{
    private const string Batch = "batch", Length = "length";

    /// <summary>The name of the input of clips: uint8 [B, T, 3, H, W], RGB.</summary>
    public const string Pixels = "pixels";

    /// <summary>The name of the input of captions: int64 [B, L].</summary>
    public const string Tokens = "tokens";

    /// <summary>The name of the output of a dual encoder's towers: float32 [B, E], rows of length 1.</summary>
    public const string Embedding = "embedding";

    /// <summary>The name of the output of a classifier over a VideoMAE encoder: float32 [B, classes], logits.</summary>
    public const string Head = "head";

    /// <summary>A dual encoder's clips to unit vectors.</summary>
    public static void AddVideoEncoder(OnnxLayers layers, DualEncoderConfig config, PixelNormalization normalization)
    {
        string features = Vision(layers, config.Vision, normalization);
        layers.Graph.Output(Embedding, layers.ProjectToUnit(features, "visual.image_projection"), Batch, config.EmbeddingSize);
    }

    /// <summary>A classifier's clips to the logits of each head.</summary>
    public static void AddClassifier(OnnxLayers layers, VideoClassifierConfig config, PixelNormalization normalization)
    {
        string features = Vision(layers, config.Vision, normalization);
        foreach (ClassifierHead head in config.Heads)
        {
            layers.Graph.Output(head.Name, layers.Linear(features, head.Name + ".weight", head.Name + ".bias"), Batch, head.ClassCount);
        }
    }

    /// <summary>Clips to the logits of a classifier over a VideoMAE encoder.</summary>
    public static void AddClassifier(OnnxLayers layers, VideoMaeClassifierConfig config, PixelNormalization normalization)
    {
        OnnxGraph graph = layers.Graph;
        TubeletConfig tubelets = config.Tubelets;
        int width = config.Encoder.Width, patch = tubelets.PatchSize, time = tubelets.TubeletFrames;
        string pixels = graph.Input(Pixels, OnnxType.UInt8, Batch, tubelets.FrameCount, 3, tubelets.ImageSize, tubelets.ImageSize);
        string channels = graph.Apply("Transpose", [layers.Pixels(pixels, normalization)], OnnxAttribute.Of("perm", 0, 2, 1, 3, 4));
        const string Projection = "patch_embed.proj";
        string kernel = graph.Constant(
            OnnxTensor.Of(Projection + ".weight", layers.Weight(Projection + ".weight"), width, 3, time, patch, patch));
        string cells = graph.Apply("Conv", [channels, kernel, layers.Constant(Projection + ".bias")],
            OnnxAttribute.Of("kernel_shape", time, patch, patch), OnnxAttribute.Of("strides", time, patch, patch));
        string columns = graph.Apply("Reshape", [cells, graph.Integers(0, width, tubelets.TokenCount)]);
        string tokens = graph.Apply("Transpose", [columns], OnnxAttribute.Of("perm", 0, 2, 1));
        float[] table = new float[checked(tubelets.TokenCount * width)];
        SinusoidPositions.Fill(tubelets.TokenCount, width, table);
        tokens = graph.Apply("Add", [tokens, graph.Constant(OnnxTensor.Of("positions", table, tubelets.TokenCount, width))]);
        tokens = layers.Blocks(tokens, "blocks.", BlockNames.MaeFlash, config.Encoder.LayerCount, new BlockOptions(width,
            config.Encoder.HeadCount, GeluKind.Erf, tubelets.LayerNormEpsilon, LayerScale: tubelets.LayerScale));
        string features = layers.Normalize(MeanOfTokens(graph, tokens), "fc_norm", tubelets.LayerNormEpsilon);
        graph.Output(Head, layers.Linear(features, "head.weight", "head.bias"), Batch, config.ClassCount);
    }

    /// <summary>A dual encoder's captions to unit vectors.</summary>
    public static void AddTextEncoder(OnnxLayers layers, DualEncoderConfig config)
    {
        OnnxGraph graph = layers.Graph;
        TextConfig text = config.Text;
        string tokens = graph.Input(Tokens, OnnxType.Int64, Batch, Length);
        string length = graph.Apply("Shape", [tokens], OnnxAttribute.Of("start", 1), OnnxAttribute.Of("end", 2));
        string positions = graph.Apply("Slice",
            [layers.Constant("textual.positional_embedding"), graph.Integers(0), length, graph.Integers(0)]);
        string x = graph.Apply("Add", [graph.Apply("Gather", [layers.Constant("textual.token_embedding.weight"), tokens]), positions]);

        // The end-of-text token is the highest; what follows the first one is padding.
        string numbers = graph.Apply("Cast", [tokens], OnnxAttribute.Of("to", (long)OnnxType.Int32));
        string end = graph.Apply("ArgMax", [numbers], OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 1));
        string mask = text.IsCausal ? CausalMask(graph, length, text.ContextLength) : PaddingMask(graph, length, end);
        x = layers.Blocks(x, "textual.transformer.resblocks.", BlockNames.Clip, text.LayerCount,
            new BlockOptions(text.Width, text.HeadCount,
            text.Gelu, text.LayerNormEpsilon, text.IsCausal, text.LayerScale), mask);
        string ends = graph.Apply("GatherND", [x, end], OnnxAttribute.Of("batch_dims", 1));
        string features = layers.Normalize(ends, "textual.ln_final", text.LayerNormEpsilon);
        graph.Output(Embedding, layers.ProjectToUnit(features, "textual.text_projection"), Batch, config.EmbeddingSize);
    }

    /// <summary>Clips to the features of a vision tower, [B, D].</summary>
    private static string Vision(OnnxLayers layers, VisionConfig config, PixelNormalization normalization)
    {
        OnnxGraph graph = layers.Graph;
        int width = config.Width, patch = config.PatchSize, frames = config.FrameCount, cells = config.PatchesPerFrame;
        string pixels = graph.Input(Pixels, OnnxType.UInt8, Batch, frames, 3, config.ImageSize, config.ImageSize);
        string pictures = graph.Apply("Reshape",
            [layers.Pixels(pixels, normalization), graph.Integers(-1, 3, config.ImageSize, config.ImageSize)]);
        const string Projection = "visual.conv1.weight";
        string kernel = graph.Constant(OnnxTensor.Of(Projection, layers.Weight(Projection), width, 3, patch, patch));
        string grid = graph.Apply("Conv", [pictures, kernel],
            OnnxAttribute.Of("kernel_shape", patch, patch), OnnxAttribute.Of("strides", patch, patch));
        string columns = graph.Apply("Reshape", [grid, graph.Integers(-1, frames, width, cells)]);
        string rows = graph.Apply("Transpose", [columns], OnnxAttribute.Of("perm", 0, 1, 3, 2));
        string patches = graph.Apply("Reshape", [rows, graph.Integers(-1, frames * cells, width)]);

        (float[] classRow, float[] places) = PlacesOf(layers, config);
        patches = graph.Apply("Add", [patches, graph.Constant(OnnxTensor.Of("places", places, frames * cells, width))]);
        string clips = graph.Apply("Shape", [pixels], OnnxAttribute.Of("start", 0), OnnxAttribute.Of("end", 1));
        string everyClip = graph.Apply("Concat", [clips, graph.Integers(1, width)], OnnxAttribute.Of("axis", 0));
        string classToken = graph.Apply("Expand", [graph.Constant(OnnxTensor.Of("class_token", classRow, 1, 1, width)), everyClip]);
        string tokens = graph.Apply("Concat", [classToken, patches], OnnxAttribute.Of("axis", 1));

        float epsilon = config.LayerNormEpsilon;
        tokens = layers.Blocks(layers.Normalize(tokens, "visual.ln_pre", epsilon), "visual.transformer.resblocks.", BlockNames.ClipFlash,
            config.LayerCount, new BlockOptions(width, config.HeadCount, config.Gelu, epsilon, LayerScale: config.LayerScale));
        string pooled = config.Pooling == VisionPooling.ClassToken ? FirstToken(graph, tokens, width) : MeanOfTokens(graph, tokens);
        return layers.Normalize(pooled, "visual.ln_post", epsilon);
    }

    /// <summary>What is added to each token: class embedding + position 0 as the class token [D],
    /// and position[1 + s] + time[t] [T·S, D].</summary>
    private static (float[] ClassRow, float[] Places) PlacesOf(OnnxLayers layers, VisionConfig config)
    {
        int width = config.Width, cells = config.PatchesPerFrame;
        float[] classRow = layers.Weight("visual.class_embedding").ReadFloats();
        float[] positions = layers.Weight("visual.positional_embedding").ReadFloats();
        float[] time = config.FrameCount > 1 ? layers.Weight("visual.temporal_embedding").ReadFloats() : new float[width];
        float[] places = new float[checked(config.FrameCount * cells * width)];
        for (int d = 0; d < width; d++)
        {
            classRow[d] += positions[d];
            for (int row = 0; row < config.FrameCount * cells; row++)
            {
                places[(row * width) + d] = positions[((1 + (row % cells)) * width) + d] + time[(row / cells * width) + d];
            }
        }

        return (classRow, places);
    }

    private static string FirstToken(OnnxGraph graph, string tokens, int width) =>
        graph.Apply("Reshape", [graph.Apply("Slice", [tokens, graph.Integers(0), graph.Integers(1), graph.Integers(1)]),
            graph.Integers(-1, width)]);

    private static string MeanOfTokens(OnnxGraph graph, string tokens) =>
        graph.Apply("ReduceMean", [tokens], OnnxAttribute.Of("axes", [1]), OnnxAttribute.Of("keepdims", 0));

    /// <summary>[L, L]: 0 where a token sees another, minus infinity where that one comes later.</summary>
    private static string CausalMask(OnnxGraph graph, string length, int longest)
    {
        float[] table = new float[longest * longest];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = i % longest > i / longest ? float.NegativeInfinity : 0;
        }

        string mask = graph.Constant(OnnxTensor.Of("causal_mask", table, longest, longest));
        string lengths = graph.Apply("Concat", [length, length], OnnxAttribute.Of("axis", 0));
        return graph.Apply("Slice", [mask, graph.Integers(0, 0), lengths, graph.Integers(0, 1)]);
    }

    /// <summary>[B, 1, 1, L]: 0 up to the end of each text, minus infinity behind it.</summary>
    private static string PaddingMask(OnnxGraph graph, string length, string end)
    {
        string count = graph.Apply("Squeeze", [length]), zero = graph.Apply("Squeeze", [graph.Integers(0)]);
        string places = graph.Apply("Range", [zero, count, graph.Apply("Squeeze", [graph.Integers(1)])]);
        string isText = graph.Apply("LessOrEqual", [places, end]);
        string mask = graph.Apply("Where", [isText, graph.Number(0), graph.Number(float.NegativeInfinity)]);
        return graph.Apply("Unsqueeze", [mask, graph.Integers(1, 2)]);
    }
}
