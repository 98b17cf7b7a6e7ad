namespace Avion.Video;

/// <summary>Chooses the pass for a frame (fused, exact or libswscale's), and turns the result upright where the file asks for it.</summary>
internal sealed unsafe class FrameConverter : IDisposable
{
    private readonly FusedResize _fused = new();
    private readonly ExactResize _exact = new();
    private readonly ResampleTables _tables = new();
    private readonly NativeBuffer _turned = new();
    private BicubicResize? _bicubic;
    private PlaneTurn? _planeTurn;
    private int _knownFormat = int.MinValue;
    private PixelFormat _format;
    private bool _isKnown;

    /// <summary>Converts one decoded frame into <see cref="FrameTransform.FrameBytes"/> bytes.</summary>
    /// <param name="info">The file, for its rotation and for messages.</param>
    /// <param name="timeSeconds">Time of the frame, for messages.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="color">Its colours.</param>
    /// <param name="transform">What to make of it.</param>
    /// <param name="destination">Where to.</param>
    public void Convert(
        VideoInfo info, double timeSeconds, FramePointer frame, in FrameColor color, in FrameTransform transform, Span<byte> destination)
    {
        if (info.Index.Orientation.IsMirrored)
        {
            ConvertTurned(info, timeSeconds, frame, color, Mirrored(transform, info.Width), destination);
        }
        else
        {
            ConvertTurned(info, timeSeconds, frame, color, transform, destination);
        }
    }

    public void Dispose()
    {
        _fused.Dispose();
        _exact.Dispose();
        _turned.Dispose();
        _bicubic?.Dispose();
        _planeTurn?.Dispose();
    }

    /// <summary>What gives, before left and right change places, what <paramref name="upright"/> asks for after it.</summary>
    private static FrameTransform Mirrored(in FrameTransform upright, int width) => upright with
    {
        Crop = upright.Crop with { X = width - upright.Crop.X - upright.Crop.Width },
        Flip = !upright.Flip,
    };

    /// <summary>The box and size that give, before the turn, what <paramref name="upright"/> asks
    /// for after it; mirrored only by the turn.</summary>
    internal static FrameTransform Coded(in FrameTransform upright, int rotation, int codedWidth, int codedHeight)
    {
        CropBox box = upright.Crop;
        return rotation switch
        {
            90 => new FrameTransform(
                new CropBox(box.Y, codedHeight - box.X - box.Width, box.Height, box.Width),
                upright.OutputHeight, upright.OutputWidth, false, upright.Interpolation),
            180 => new FrameTransform(
                new CropBox(codedWidth - box.X - box.Width, codedHeight - box.Y - box.Height, box.Width, box.Height),
                upright.OutputWidth, upright.OutputHeight, false, upright.Interpolation),
            _ => new FrameTransform(
                new CropBox(codedWidth - box.Y - box.Height, box.X, box.Height, box.Width),
                upright.OutputHeight, upright.OutputWidth, false, upright.Interpolation),
        };
    }

    private void ConvertTurned(
        VideoInfo info, double timeSeconds, FramePointer frame, in FrameColor color, in FrameTransform transform, Span<byte> destination)
    {
        PixelFormat format = FormatOf(info, timeSeconds, frame);
        bool isFullRange = color.IsFullRangeOf(format);
        PlanarPicture picture = new(frame, format);
        fixed (byte* target = destination)
        {
            if (transform.Interpolation == Interpolation.FFmpegBicubic)
            {
                RequireBicubic(info, format);
                _bicubic ??= new BicubicResize();
                PlanarPicture upright = info.RotationDegrees == 0
                    ? picture
                    : (_planeTurn ??= new PlaneTurn()).Turn(picture, frame.Width, frame.Height, info.RotationDegrees);
                _bicubic.Convert(frame, upright, color, isFullRange, transform, target);
                return;
            }

            int rotation = info.RotationDegrees;
            if (rotation == 0)
            {
                Resize(picture, color, isFullRange, transform, target);
                return;
            }

            FrameTransform coded = Coded(transform, rotation, frame.Width, frame.Height);
            byte* turned = _turned.Ensure((nuint)coded.FrameBytes);
            Resize(picture, color, isFullRange, coded, turned);
            Turn(turned, transform, rotation, target);
        }
    }

    private static void Turn(byte* source, in FrameTransform upright, int rotation, byte* destination)
    {
        int width = upright.OutputWidth;
        int height = upright.OutputHeight;
        nint plane = (nint)width * height;
        bool planar = upright.Layout == PixelLayout.Planar;
        for (int channel = 0; channel < 3; channel++)
        {
            byte* from = source + (channel * plane);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int shown = upright.Flip ? width - 1 - x : x;
                    nint at = rotation switch
                    {
                        90 => ((nint)(width - 1 - shown) * height) + y,
                        180 => ((nint)(height - 1 - y) * width) + (width - 1 - shown),
                        _ => ((nint)shown * height) + (height - 1 - y),
                    };
                    nint pixel = ((nint)y * width) + x;
                    destination[planar ? (channel * plane) + pixel : (3 * pixel) + channel] = from[at];
                }
            }
        }
    }

    private static void RequireBicubic(VideoInfo info, in PixelFormat format)
    {
        if (info.RotationDegrees != 0 && !PlaneTurn.CanTurn(info.RotationDegrees, format.ChromaShiftX, format.ChromaShiftY))
        {
            throw new VideoException(
                VideoErrorKind.Unsupported,
                info.Path,
                $"Cannot read '{info.Source}' with FFmpegBicubic: it is stored turned by {info.RotationDegrees} degrees with colour that " +
                "has other steps across than down, which no format has upright; use Antialiased, or re-encode it upright.");
        }

        if (!FFmpegLibraries.HasFFmpegBicubic)
        {
            throw new VideoException(
                VideoErrorKind.LibraryMissing, string.Empty,
                $"FFmpegBicubic needs libswscale of the same FFmpeg ({FFmpegLibraries.Versions}); install it.");
        }
    }

    private PixelFormat FormatOf(VideoInfo info, double timeSeconds, FramePointer frame)
    {
        if (frame.Format != _knownFormat)
        {
            _isKnown = PixelFormat.TryParse(frame.Format, out _format);
            _knownFormat = frame.Format;
        }

        return _isKnown
            ? _format
            : throw new VideoException(
                VideoErrorKind.Unsupported,
                info.Path,
                $"Cannot read '{info.Source}' at {timeSeconds:0.000} s: its pixel format is {PixelFormat.NameOf(frame.Format)}; " +
                "planar YUV of 8 to 16 bits is expected. Re-encode it, for example with ffmpeg -pix_fmt yuv420p.",
                timeSeconds);
    }

    private void Resize(in PlanarPicture picture, in FrameColor color, bool isFullRange, in FrameTransform transform, byte* target)
    {
        ColorMatrix matrix = ColorMatrix.From(color, isFullRange);
        bool antialiased = transform.Interpolation == Interpolation.Antialiased;
        _tables.Make(picture.Format, color, transform.Crop, transform.OutputWidth, transform.OutputHeight, antialiased, transform.Flip);
        if (picture.Format is { IsPlanar420: true, BitDepth: 8 })
        {
            _fused.Convert(picture, _tables, matrix, target, transform.Layout);
        }
        else
        {
            _exact.Convert(picture, _tables, matrix, isFullRange, target, transform.Layout);
        }
    }
}
