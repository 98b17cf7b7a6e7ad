namespace Avion.Video;

/// <summary>The functions of libswscale behind <see cref="Interpolation.FFmpegBicubic"/>; the same in versions 5 to 9.</summary>
internal static unsafe partial class SwScale
{
    private const string Library = NativeLibraries.SwScaleName;

    public const int Bilinear = 2;
    public const int Bicubic = 4;

    [LibraryImport(Library)]
    public static partial void* sws_getContext(
        int sourceWidth, int sourceHeight, int sourceFormat, int width, int height, int format, int flags,
        void* sourceFilter, void* filter, double* parameters);

    [LibraryImport(Library)]
    public static partial void sws_freeContext(void* context);

    [LibraryImport(Library)]
    public static partial int* sws_getCoefficients(int colorSpace);

    [LibraryImport(Library)]
    public static partial int sws_setColorspaceDetails(
        void* context, int* inverseTable, int sourceRange, int* table, int range, int brightness, int contrast, int saturation);

    [LibraryImport(Library)]
    public static partial int sws_scale(
        void* context, byte** source, int* sourceStride, int firstRow, int rows, byte** destination, int* destinationStride);
}
