namespace Avion.Video;

/// <summary>The functions of libavutil that are used; all exist with these signatures in versions 56 to 60.</summary>
internal static unsafe partial class AvUtil
{
    private const string Library = NativeLibraries.AvUtilName;

    [LibraryImport(Library)]
    public static partial uint avutil_version();

    [LibraryImport(Library)]
    public static partial byte* av_version_info();

    [LibraryImport(Library)]
    public static partial byte* av_frame_alloc();

    [LibraryImport(Library)]
    public static partial void av_frame_free(byte** frame);

    [LibraryImport(Library)]
    public static partial int av_frame_get_buffer(byte* frame, int alignment);

    [LibraryImport(Library)]
    public static partial void* av_mallocz(nuint size);

    [LibraryImport(Library)]
    public static partial void av_freep(void* pointer);

    [LibraryImport(Library)]
    public static partial int av_opt_set_int(void* target, byte* name, long value, int searchFlags);

    [LibraryImport(Library)]
    public static partial int av_opt_get_int(void* target, byte* name, int searchFlags, long* value);

    [LibraryImport(Library)]
    public static partial byte* av_get_pix_fmt_name(int pixelFormat);

    [LibraryImport(Library)]
    public static partial int av_get_pix_fmt(byte* name);

    [LibraryImport(Library)]
    public static partial int av_strerror(int error, byte* text, nuint size);

    [LibraryImport(Library)]
    public static partial void av_log_set_level(int level);

    [LibraryImport(Library)]
    public static partial int av_dict_set(void** dictionary, byte* key, byte* value, int flags);

    [LibraryImport(Library)]
    public static partial void av_dict_free(void** dictionary);
}
