namespace Avion.Video;

/// <summary>
/// FFmpeg's own <c>crop, [hflip,] scale</c> to RGB by libswscale with the flags that its filters use by default, bit for bit. A context is
/// made for each crop size, which costs about as much as two frames: this mode is for parity, not for speed.
/// </summary>
internal sealed unsafe class BicubicResize : IDisposable
{
    private const int ColorSpaceDefault = 5;
    private const int ColorSpaceUnspecified = 2;
    private const int UnitFactor = 1 << 16;

    private readonly NativeBuffer _flipped = new();
    private readonly NativeBuffer _packed = new();
    private void* _context;
    private Key _key;
    private int _rgbFormat = -1;

    private readonly record struct Key(int Width, int Height, int Format, int OutputWidth, int OutputHeight, int Matrix, bool FullRange);

    /// <summary>libswscale's kernel; anything but bicubic is for comparisons.</summary>
    public int Kernel { get; init; } = SwScale.Bicubic;

    public void Convert(FramePointer frame, in PlanarPicture picture, in FrameColor color, bool isFullRange, in FrameTransform transform,
        byte* destination)
    {
        PixelFormat format = picture.Format;
        // FFmpeg's crop filter keeps to whole colour samples unless told otherwise.
        int maskX = ~((1 << format.ChromaShiftX) - 1);
        int maskY = ~((1 << format.ChromaShiftY) - 1);
        CropBox box = new(
            transform.Crop.X & maskX, transform.Crop.Y & maskY,
            Math.Max(transform.Crop.Width & maskX, 1 << format.ChromaShiftX),
            Math.Max(transform.Crop.Height & maskY, 1 << format.ChromaShiftY));
        Prepare(new Key(box.Width, box.Height, frame.Format, transform.OutputWidth, transform.OutputHeight, color.Matrix, isFullRange));

        int bytes = format.BitDepth > 8 ? 2 : 1;
        byte** source = stackalloc byte*[4];
        int* stride = stackalloc int[4];
        Plane(picture.Y, picture.YStride, 0, 0, 0, bytes, box, source, stride);
        if (format.HasColor)
        {
            Plane(picture.U, picture.UStride, format.ChromaShiftX, format.ChromaShiftY, 1, bytes, box, source, stride);
            Plane(picture.V, picture.VStride, format.ChromaShiftX, format.ChromaShiftY, 2, bytes, box, source, stride);
        }

        if (transform.Flip)
        {
            Mirror(format, box, bytes, source, stride);
        }

        // libswscale may write a little past the end of a row, so that rows are wider than the picture.
        int packedStride = ((transform.OutputWidth * 3) + 63 + 64) & ~63;
        byte* packed = _packed.Ensure((nuint)((long)packedStride * transform.OutputHeight) + 64);
        byte** target = stackalloc byte*[4];
        int* targetStride = stackalloc int[4];
        target[0] = packed;
        targetStride[0] = packedStride;
        int rows = SwScale.sws_scale(_context, source, stride, 0, box.Height, target, targetStride);
        if (rows != transform.OutputHeight)
        {
            throw new InvalidOperationException($"libswscale returned {rows} rows, expected {transform.OutputHeight}.");
        }

        Unpack(packed, packedStride, transform, destination);
    }

    public void Dispose()
    {
        FreeContext();
        _flipped.Dispose();
        _packed.Dispose();
    }

    private static void Plane(
        byte* plane, int planeStride, int shiftX, int shiftY, int index, int bytes, CropBox box, byte** source, int* stride)
    {
        source[index] = plane + ((nint)(box.Y >> shiftY) * planeStride) + ((nint)(box.X >> shiftX) * bytes);
        stride[index] = planeStride;
    }

    private static void Unpack(byte* packed, int packedStride, in FrameTransform transform, byte* destination)
    {
        int width = transform.OutputWidth;
        int height = transform.OutputHeight;
        for (int row = 0; row < height; row++)
        {
            byte* line = packed + ((nint)row * packedStride);
            if (transform.Layout == PixelLayout.Interleaved)
            {
                new ReadOnlySpan<byte>(line, 3 * width).CopyTo(new Span<byte>(destination + ((nint)row * 3 * width), 3 * width));
                continue;
            }

            byte* red = destination + ((nint)row * width);
            byte* green = red + ((nint)width * height);
            byte* blue = green + ((nint)width * height);
            for (int column = 0; column < width; column++)
            {
                red[column] = line[3 * column];
                green[column] = line[(3 * column) + 1];
                blue[column] = line[(3 * column) + 2];
            }
        }
    }

    private void Prepare(in Key key)
    {
        if (_context != null && key == _key)
        {
            return;
        }

        FreeContext();
        if (_rgbFormat < 0)
        {
            _rgbFormat = FindRgb24();
        }

        _context = SwScale.sws_getContext(
            key.Width, key.Height, key.Format, key.OutputWidth, key.OutputHeight, _rgbFormat, Kernel, null, null, null);
        if (_context == null)
        {
            throw new NotSupportedException(
                $"libswscale cannot resize {key.Width} × {key.Height} {PixelFormat.NameOf(key.Format)} to {key.OutputWidth} × "
                    + $"{key.OutputHeight}.");
        }

        int* table = SwScale.sws_getCoefficients(key.Matrix == ColorSpaceUnspecified ? ColorSpaceDefault : key.Matrix);
        int* standard = SwScale.sws_getCoefficients(ColorSpaceDefault);
        _ = SwScale.sws_setColorspaceDetails(_context, table, key.FullRange ? 1 : 0, standard, 0, 0, UnitFactor, UnitFactor);
        _key = key;
    }

    private void Mirror(in PixelFormat format, CropBox box, int bytes, byte** source, int* stride)
    {
        int planes = format.HasColor ? 3 : 1;
        int rowBytes = ((box.Width * bytes) + 63) & ~63;
        byte* target = _flipped.Ensure((nuint)((long)planes * rowBytes * box.Height));
        for (int plane = 0; plane < planes; plane++)
        {
            int width = plane == 0 ? box.Width : box.Width >> format.ChromaShiftX;
            int height = plane == 0 ? box.Height : box.Height >> format.ChromaShiftY;
            for (int row = 0; row < height; row++)
            {
                Span<byte> line = new(target + ((nint)row * rowBytes), width * bytes);
                new ReadOnlySpan<byte>(source[plane] + ((nint)row * stride[plane]), width * bytes).CopyTo(line);
                if (bytes == 2)
                {
                    MemoryMarshal.Cast<byte, ushort>(line).Reverse();
                }
                else
                {
                    line.Reverse();
                }
            }

            source[plane] = target;
            stride[plane] = rowBytes;
            target += (nint)rowBytes * box.Height;
        }
    }

    private void FreeContext()
    {
        if (_context != null)
        {
            SwScale.sws_freeContext(_context);
            _context = null;
        }
    }

    private static int FindRgb24()
    {
        // Stable since the format exists; looked at by name all the same.
        const int rgb24 = 2;
        string name = PixelFormat.NameOf(rgb24);
        return name == "rgb24" ? rgb24 : throw new NotSupportedException($"FFmpeg's pixel format {rgb24} is '{name}', expected rgb24.");
    }
}
