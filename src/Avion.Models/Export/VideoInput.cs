namespace Avion.Models;

/// <summary>What a model takes of a video.</summary>
/// <param name="FrameCount">T, frames of a clip.</param>
/// <param name="ImageSize">Height and width of a frame in pixels.</param>
/// <param name="Normalization">How bytes become numbers.</param>
internal sealed record VideoInput(int FrameCount, int ImageSize, PixelNormalization Normalization)
{
    /// <summary>Of any kind of model.</summary>
    public static VideoInput Of(ModelArchitecture architecture)
    {
        VisionConfig? vision = architecture.DualEncoder?.Vision ?? architecture.VideoClassifier?.Vision;
        TubeletConfig? tubelets = architecture.VideoMaeClassifier?.Tubelets ?? architecture.VideoMae?.Tubelets;
        return new VideoInput(vision?.FrameCount ?? tubelets!.FrameCount, vision?.ImageSize ?? tubelets!.ImageSize,
            architecture.Normalization);
    }
}
