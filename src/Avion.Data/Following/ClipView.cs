namespace Avion.Data;

/// <summary>What a model sees of a clip.</summary>
/// <param name="Frames">Which frames; one view.</param>
/// <param name="Crop">Which part of them; one place.</param>
/// <param name="FrameCount">T.</param>
/// <param name="Size">Height and width of a frame in pixels.</param>
public sealed record ClipView(FrameSampling Frames, CropPolicy Crop, int FrameCount, int Size)
{
    /// <summary>Bytes of the pixels of a clip.</summary>
    public int ClipBytes => checked(FrameCount * FrameBytes);

    /// <summary>Bytes of the pixels of a frame.</summary>
    public int FrameBytes => checked(3 * Size * Size);

    /// <summary>Chooses the frames and the crop of a part of a video.</summary>
    /// <param name="video">The video.</param>
    /// <param name="span">Which part.</param>
    /// <param name="source">Answers for the length of files.</param>
    /// <returns>Frames, crop, and the files that give them.</returns>
    /// <exception cref="DataException">The part lies outside of the video.</exception>
    public ClipRequest Choose(StoredVideo video, in ClipSpan span, IClipSource source)
    {
        ClipRequest request = new(FrameCount, Size, Size, labelCount: 0);
        CounterRandom random = new(0, 0);
        Frames.Choose(video, span, 0, ref random, source, request);
        VideoShape shape = source.GetShape(video.SourceOf(0));
        request.Transform = Crop.Choose(shape.Width, shape.Height, Size, Size, 0, ref random);
        return request;
    }

    /// <summary>Reads a part of a video.</summary>
    /// <param name="video">The video.</param>
    /// <param name="span">Which part.</param>
    /// <param name="source">Reads videos.</param>
    /// <param name="pixels">Receives [T, 3, H, W].</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The request that was read.</returns>
    /// <exception cref="DataException">The part lies outside of the video.</exception>
    public ClipRequest Read(StoredVideo video, in ClipSpan span, IClipSource source, Span<byte> pixels,
        CancellationToken cancellation = default)
    {
        ClipRequest request = Choose(video, span, source);
        request.Read(source, pixels, cancellation);
        return request;
    }
}
