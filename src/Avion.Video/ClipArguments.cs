namespace Avion.Video;

/// <summary>Checks what a caller asks of <see cref="ClipReader"/> before any work is done.</summary>
internal static class ClipArguments
{
    private const int LargestSide = 1 << 14;

    public static void Check(
        VideoInfo info, ReadOnlySpan<int> frameIndices, ReadOnlySpan<FrameTransform> transforms, ReadOnlySpan<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (transforms.IsEmpty)
        {
            throw new ArgumentException("Read needs at least one transform.", nameof(transforms));
        }

        foreach (ref readonly FrameTransform transform in transforms)
        {
            Check(info, transform);
            if (transform.FrameBytes != transforms[0].FrameBytes)
            {
                throw new ArgumentException(
                    $"All transforms of a call give frames of one size: got {transform.OutputWidth} × {transform.OutputHeight} and " +
                    $"{transforms[0].OutputWidth} × {transforms[0].OutputHeight}.",
                    nameof(transforms));
            }
        }

        long bytes = (long)transforms.Length * frameIndices.Length * transforms[0].FrameBytes;
        if (destination.Length != bytes)
        {
            throw new ArgumentException(
                $"The destination has {destination.Length} bytes, expected {bytes} ({transforms.Length} transforms of " +
                $"{frameIndices.Length} frames of {transforms[0].FrameBytes} bytes).",
                nameof(destination));
        }

        foreach (int frame in frameIndices)
        {
            if ((uint)frame >= (uint)info.FrameCount)
            {
                throw new VideoException(
                    VideoErrorKind.NoSuchFrame,
                    info.Path,
                    $"Cannot read frame {frame} of '{info.Source}': "
                        + $"it has frames 0 to {info.FrameCount - 1} ({info.DurationSeconds:0.000} s).");
            }
        }
    }

    private static void Check(VideoInfo info, in FrameTransform transform)
    {
        if (transform.OutputWidth is < 1 or > LargestSide || transform.OutputHeight is < 1 or > LargestSide)
        {
            throw new ArgumentException(
                $"The output size is {transform.OutputWidth} × {transform.OutputHeight}, expected sides from 1 to {LargestSide}.",
                nameof(transform));
        }

        CropBox box = transform.Crop;
        if (box.X < 0 || box.Y < 0 || box.Width < 1 || box.Height < 1 || box.Width > info.Width - box.X || box.Height > info.Height - box.Y)
        {
            throw new ArgumentException(
                $"The crop {box.Width} × {box.Height} at ({box.X}, {box.Y}) "
                    + $"is not inside of the {info.Width} × {info.Height} picture of '{info.Source}'.",
                nameof(transform));
        }
    }
}
