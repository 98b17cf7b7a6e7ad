namespace Avion.Video;

/// <summary>
/// The same pass in floating point, for pictures that <see cref="FusedResize"/> does not take: more than 8 bits, 4:2:2, 4:4:4, luma alone.
/// Row by row: weighted rows of each plane, weighted columns, colours, rounding to bytes.
/// </summary>
internal sealed unsafe class ExactResize : IDisposable
{
    private readonly NativeBuffer _scratch = new();

    /// <inheritdoc cref="FusedResize.Convert(in PlanarPicture, ResampleTables, in ColorMatrix, byte*, PixelLayout)"/>
    public void Convert(
        in PlanarPicture picture, ResampleTables tables, in ColorMatrix matrix, bool isFullRange, byte* destination, PixelLayout layout)
    {
        int width = tables.LumaX.OutputCount;
        int height = tables.LumaY.OutputCount;
        float* line = (float*)_scratch.Ensure((nuint)(((long)tables.LumaX.SampleCount + (3L * width)) * sizeof(float)));
        float* y = line + tables.LumaX.SampleCount;
        float* u = y + width;
        float* v = u + width;
        new Span<float>(u, 2 * width).Clear();

        PixelFormat format = picture.Format;
        // Samples of more bits are brought to the scale of 8; colours are counted from their middle.
        float scale = isFullRange ? 255f / ((1 << format.BitDepth) - 1) : 1f / (1 << (format.BitDepth - 8));
        float middle = 1 << (format.BitDepth - 1);
        for (int row = 0; row < height; row++)
        {
            Row(picture.Y, picture.YStride, format, tables.LumaX, tables.LumaY, row, 0, scale, line, y);
            if (format.HasColor)
            {
                Row(picture.U, picture.UStride, format, tables.ChromaX, tables.ChromaY, row, middle, scale, line, u);
                Row(picture.V, picture.VStride, format, tables.ChromaX, tables.ChromaY, row, middle, scale, line, v);
            }

            for (int column = 0; column < width; column++)
            {
                float luma = matrix.LumaScale * (y[column] - matrix.LumaOffset);
                byte red = Round(luma + (matrix.RedV * v[column]));
                byte green = Round(luma - (matrix.GreenU * u[column]) - (matrix.GreenV * v[column]));
                byte blue = Round(luma + (matrix.BlueU * u[column]));
                Store(destination, layout, width, height, row, column, red, green, blue);
            }
        }
    }

    public void Dispose() => _scratch.Dispose();

    private static void Row(
        byte* plane, int stride, in PixelFormat format, ResampleTable columns, ResampleTable lines, int row, float zero, float scale,
        float* line, float* output)
    {
        int bytes = format.BitDepth > 8 ? 2 : 1;
        byte* source = plane + ((nint)(lines.FirstSample + lines.Starts[row]) * stride) + ((nint)columns.FirstSample * bytes);
        for (int column = 0; column < columns.SampleCount; column++)
        {
            float sum = 0;
            byte* address = source + ((nint)column * bytes);
            for (int tap = 0; tap < lines.TapCount; tap++, address += stride)
            {
                sum += lines.FloatWeights[(row * lines.TapCount) + tap] * (bytes == 2 ? *(ushort*)address : *address);
            }

            line[column] = (sum - zero) * scale;
        }

        for (int column = 0; column < columns.OutputCount; column++)
        {
            float sum = 0;
            int start = columns.Starts[column];
            for (int tap = 0; tap < columns.TapCount; tap++)
            {
                sum += columns.FloatWeights[(column * columns.TapCount) + tap] * line[start + tap];
            }

            output[column] = sum;
        }
    }

    private static byte Round(float value) => (byte)Math.Clamp(MathF.Floor(value + 0.5f), 0, 255);

    private static void Store(byte* destination, PixelLayout layout, int width, int height, int row, int column, byte red,
        byte green, byte blue)
    {
        nint pixel = ((nint)row * width) + column;
        nint plane = (nint)width * height;
        nint step = layout == PixelLayout.Planar ? plane : 1;
        byte* target = destination + (layout == PixelLayout.Planar ? pixel : 3 * pixel);
        target[0] = red;
        target[step] = green;
        target[2 * step] = blue;
    }
}
