namespace Avion.Video;

/// <summary>The functions of libavformat that the general road uses; all exist with these signatures in versions 58 to 62.</summary>
internal static unsafe partial class AvFormat
{
    private const string Library = NativeLibraries.AvFormatName;

    [LibraryImport(Library)]
    public static partial uint avformat_version();

    [LibraryImport(Library)]
    public static partial byte* avformat_alloc_context();

    [LibraryImport(Library)]
    public static partial byte* avio_alloc_context(byte* buffer, int size, int isWriting, void* opaque,
        delegate* unmanaged[Cdecl]<void*, byte*, int, int> read, void* write, void* seek);

    [LibraryImport(Library)]
    public static partial void avio_context_free(byte** io);

    [LibraryImport(Library)]
    public static partial int avformat_open_input(byte** context, byte* url, void* inputFormat, void** options);

    [LibraryImport(Library)]
    public static partial void avformat_close_input(byte** context);

    [LibraryImport(Library)]
    public static partial int avformat_find_stream_info(byte* context, void** options);

    [LibraryImport(Library)]
    public static partial int av_find_best_stream(byte* context, int mediaType, int wanted, int related, byte** decoder, int flags);

    [LibraryImport(Library)]
    public static partial int av_read_frame(byte* context, byte* packet);

    [LibraryImport(Library)]
    public static partial int av_seek_frame(byte* context, int stream, long timestamp, int flags);

    /// <summary>Only where <see cref="NativeLibraries.HasFunction"/> says so (removed in libavformat 62).</summary>
    [LibraryImport(Library)]
    public static partial byte* av_stream_get_side_data(byte* stream, int type, nuint* size);
}
