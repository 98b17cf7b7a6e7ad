using System.Runtime.InteropServices;

namespace Avion.Video.Tests;

/// <summary>A random picture of smooth and rough parts in memory that ends right after its last
/// byte, so that reading past it shows.</summary>
internal sealed unsafe class YuvPicture : IDisposable
{
    private readonly byte*[] _planes = new byte*[3];
    private readonly int[] _strides = new int[3];
    private readonly PixelFormat _format;
    private readonly int _width;
    private readonly int _height;

    public YuvPicture(int width, int height, PixelFormat format, int seed)
    {
        _width = width;
        _height = height;
        _format = format;
        Random random = new(seed);
        int most = (1 << format.BitDepth) - 1;
        for (int plane = 0; plane < 3; plane++)
        {
            int shiftX = plane == 0 ? 0 : format.ChromaShiftX;
            int shiftY = plane == 0 ? 0 : format.ChromaShiftY;
            int w = (width + (1 << shiftX) - 1) >> shiftX;
            int h = (height + (1 << shiftY) - 1) >> shiftY;
            int bytes = format.BitDepth > 8 ? 2 : 1;
            _strides[plane] = w * bytes;
            _planes[plane] = (byte*)NativeMemory.Alloc((nuint)(w * h * bytes));
            for (int y = 0; y < h; y++)
            {
                for (int x = 0; x < w; x++)
                {
                    double smooth = 0.5 + (0.35 * Math.Sin((x * 0.13) + plane) * Math.Cos(y * 0.09));
                    double rough = x > w / 2 ? random.NextDouble() - 0.5 : 0;
                    int value = (int)Math.Clamp((smooth + (0.5 * rough)) * most, 0, most);
                    if (bytes == 2)
                    {
                        ((ushort*)_planes[plane])[(y * w) + x] = (ushort)value;
                    }
                    else
                    {
                        _planes[plane][(y * w) + x] = (byte)value;
                    }
                }
            }
        }
    }

    public DoublePrecision Exact(
        double keyRed = 0.299, double keyBlue = 0.114, bool fullRange = false, double siteX = 0.5, double siteY = 1) => new()
    {
        Width = _width, Height = _height, ShiftX = _format.ChromaShiftX, ShiftY = _format.ChromaShiftY, Bits = _format.BitDepth,
        KeyRed = keyRed, KeyBlue = keyBlue, FullRange = fullRange, SiteX = siteX, SiteY = siteY, Sample = Sample,
    };

    public byte[] Fused(
        int vectorBits, CropBox crop, int width, int height, bool antialiased, bool flip, FrameColor color, PixelLayout layout)
    {
        using FusedResize resize = new() { VectorBits = vectorBits };
        ResampleTables tables = new();
        tables.Make(_format, color, crop, width, height, antialiased, flip);
        byte[] output = new byte[3 * width * height];
        fixed (byte* address = output)
        {
            resize.Convert(Picture(), tables, ColorMatrix.From(color, color.Range == ColorRange.Full), address, layout);
        }

        return output;
    }

    public byte[] Float(CropBox crop, int width, int height, FrameColor color, bool fullRange, bool flip)
    {
        using ExactResize resize = new();
        ResampleTables tables = new();
        tables.Make(_format, color, crop, width, height, antialiased: true, flip);
        byte[] output = new byte[3 * width * height];
        fixed (byte* address = output)
        {
            resize.Convert(Picture(), tables, ColorMatrix.From(color, fullRange), fullRange, address, PixelLayout.Interleaved);
        }

        return output;
    }

    public void Dispose()
    {
        foreach (byte* plane in _planes)
        {
            NativeMemory.Free(plane);
        }
    }

    private PlanarPicture Picture() =>
        new(_planes[0], _planes[1], _planes[2], _strides[0], _strides[1], _strides[2], _format);

    private double Sample(int plane, int x, int y) => _format.BitDepth > 8
        ? ((ushort*)_planes[plane])[(y * _strides[plane] / 2) + x]
        : _planes[plane][(y * _strides[plane]) + x];
}
