namespace Avion.ConformanceTool;

/// <summary>A small dual encoder: embeddings of both sides, loss, accuracy and all gradients.</summary>
internal sealed class ClipConformance : IConformanceKind
{
    public string Kind => "clip";

    public bool ComparesSamples => true;

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        JsonElement config = fixture.Required("config");
        Device device = context.Device;
        using DualEncoder model = DualEncoder.Create(ReadConfig(config, fixture), device, seed: 0);
        GradientComparison.Parameters(model, fixture, figures);
        FixtureFill.Parameters(model, config.Double("phase"), context);
        int[][] padded = [.. config.Required("tokens").EnumerateArray().Select(row => row.Ints())];
        using PackedCaptions captions = new(padded, context.Device);
        using Tape tape = new(device);
        Tensor image = model.EncodeNormalizedVideo(tape, Pixels(tape, model.Config.Vision, padded.Length, context));
        Tensor text = model.EncodeText(tape, captions.Ids(tape), captions.Offsets);
        Tensor loss = tape.ContrastiveLoss(image, text, model.LogitScale, out Tensor accuracy);
        figures.Numbers("image embeddings", device.DownloadExactly(image), fixture.Doubles("image_embed"));
        figures.Numbers("text embeddings", device.DownloadExactly(text), fixture.Doubles("text_embed"));
        figures.Number("loss", device.DownloadExactly(loss)[0], fixture.Double("loss"));
        figures.Number("accuracy", 100.0 * device.DownloadExactly(accuracy)[0], fixture.Double("accuracy_percent"));
        tape.Backward(loss);
        GradientComparison.Gradients(model, fixture, figures);
    }

    private static Tensor Pixels(Tape tape, VisionConfig vision, int clips, ConformanceContext context)
    {
        Tensor pixels = tape.Allocate(new Shape(clips, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize));
        tape.Device.UploadExactly(context.Inputs(FixtureFill.Video(clips, vision.FrameCount, vision.ImageSize, vision.ImageSize)), pixels);
        return pixels;
    }

    private static DualEncoderConfig ReadConfig(JsonElement config, JsonElement fixture)
    {
        JsonElement vision = config.Required("vision"), text = config.Required("text");
        bool isConvolution = fixture.Shapes().TryGetValue("visual.conv1.weight", out Shape patchProjection) && patchProjection.Rank == 4;
        return new DualEncoderConfig
        {
            EmbeddingSize = config.Int("embed_dim"),
            Naming = config.Required("flash_names").GetBoolean() ? ParameterNaming.Flash : ParameterNaming.Plain,
            PatchProjection = isConvolution ? PatchProjectionLayout.Convolution : PatchProjectionLayout.Linear,
            Vision = new VisionConfig
            {
                ImageSize = vision.Int("image_size"), PatchSize = vision.Int("patch_size"), FrameCount = vision.Int("frames"),
                Width = vision.Int("width"), LayerCount = vision.Int("layers"), HeadCount = vision.Int("heads"),
            },
            Text = new TextConfig
            {
                ContextLength = text.Int("context"), VocabularySize = text.Int("vocab"),
                Width = text.Int("width"), LayerCount = text.Int("layers"), HeadCount = text.Int("heads"),
            },
        };
    }
}
