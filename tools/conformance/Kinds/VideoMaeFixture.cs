namespace Avion.ConformanceTool;

/// <summary>What both kinds of VideoMAE fixtures tell about sizes.</summary>
internal static class VideoMaeFixture
{
    private const int PublishedFrames = 16, PublishedTubeletFrames = 2;

    public static TransformerSize Size(JsonElement element) => new(element.Int("width"), element.Int("layers"), element.Int("heads"));

    public static TubeletConfig Tubelets(JsonElement config, JsonElement fixture, string projection)
    {
        bool isConvolution = fixture.Shapes().TryGetValue(projection, out Shape shape) && shape.Rank == 5;
        return new TubeletConfig
        {
            ImageSize = config.Int("image_size"),
            PatchSize = config.Int("patch_size"),
            FrameCount = config.TryGetProperty("frames", out JsonElement frames) ? frames.GetInt32() : PublishedFrames,
            TubeletFrames = config.TryGetProperty("tubelet", out JsonElement tubelet) ? tubelet.GetInt32() : PublishedTubeletFrames,
            Naming = config.Required("flash_names").GetBoolean() ? ParameterNaming.Flash : ParameterNaming.Plain,
            PatchProjection = isConvolution ? PatchProjectionLayout.Convolution : PatchProjectionLayout.Linear,
        };
    }
}
