namespace Avion.Video;

/// <summary>A rectangle in pixels of the upright picture (after the rotation that the file asks for).</summary>
public readonly record struct CropBox(int X, int Y, int Width, int Height);

/// <summary>How a cropped picture is brought to the output size.</summary>
public enum Interpolation
{
    /// <summary>Triangle filter that widens with the reduction (the antialiased bilinear of PIL and of torch's
    /// <c>antialias=True</c>).</summary>
    Antialiased,

    /// <summary>Two taps a direction whatever the reduction: cheaper, and aliases when it shrinks by more than two.</summary>
    Bilinear,

    /// <summary>
    /// The very pixels of FFmpeg's filters <c>crop, [hflip,] scale</c> with their default bicubic kernel, through libswscale, for parity
    /// with numbers published on such pixels. As that crop filter does, the box is rounded down to whole chroma samples.
    /// </summary>
    FFmpegBicubic,
}

/// <summary>Order of the bytes of a clip of T frames.</summary>
public enum PixelLayout
{
    /// <summary><c>[T, 3, H, W]</c>: each frame is a red, a green and a blue plane.</summary>
    Planar,

    /// <summary><c>[T, H, W, 3]</c>: each pixel is red, green, blue.</summary>
    Interleaved,
}

/// <summary>Crop, resize and flip of each frame of a clip; one value serves all frames of a clip, so that a clip has one crop.</summary>
/// <param name="Crop">Part of the upright picture that fills the output.</param>
/// <param name="OutputWidth">Width of the output in pixels.</param>
/// <param name="OutputHeight">Height of the output in pixels.</param>
/// <param name="Flip">Mirror left and right.</param>
/// <param name="Interpolation">Kernel of the resize.</param>
/// <param name="Layout">Order of the output bytes.</param>
public readonly record struct FrameTransform(
    CropBox Crop,
    int OutputWidth,
    int OutputHeight,
    bool Flip = false,
    Interpolation Interpolation = Interpolation.Antialiased,
    PixelLayout Layout = PixelLayout.Planar)
{
    /// <summary>Bytes that one frame takes in the destination: 3 · height · width.</summary>
    public int FrameBytes => checked(3 * OutputWidth * OutputHeight);

    /// <summary>The whole picture of <paramref name="info"/>, brought to the given size.</summary>
    public static FrameTransform Whole(VideoInfo info, int outputWidth, int outputHeight) =>
        new(new CropBox(0, 0, info.Width, info.Height), outputWidth, outputHeight);
}
