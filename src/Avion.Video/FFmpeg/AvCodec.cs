namespace Avion.Video;

/// <summary>The functions of libavcodec that are used; all exist with these signatures in versions 58 to 62.</summary>
internal static unsafe partial class AvCodec
{
    private const string Library = NativeLibraries.AvCodecName;

    [LibraryImport(Library)]
    public static partial uint avcodec_version();

    [LibraryImport(Library)]
    public static partial byte* avcodec_find_decoder(int id);

    [LibraryImport(Library)]
    public static partial byte* avcodec_find_decoder_by_name(byte* name);

    [LibraryImport(Library)]
    public static partial byte* avcodec_find_encoder(int id);

    [LibraryImport(Library)]
    public static partial byte* avcodec_get_name(int id);

    [LibraryImport(Library)]
    public static partial byte* avcodec_alloc_context3(byte* codec);

    [LibraryImport(Library)]
    public static partial void avcodec_free_context(byte** context);

    [LibraryImport(Library)]
    public static partial byte* avcodec_parameters_alloc();

    [LibraryImport(Library)]
    public static partial void avcodec_parameters_free(byte** parameters);

    [LibraryImport(Library)]
    public static partial int avcodec_parameters_to_context(byte* context, byte* parameters);

    [LibraryImport(Library)]
    public static partial int avcodec_open2(byte* context, byte* codec, void** options);

    [LibraryImport(Library)]
    public static partial byte* av_packet_alloc();

    [LibraryImport(Library)]
    public static partial byte* av_packet_clone(byte* packet);

    [LibraryImport(Library)]
    public static partial void av_packet_free(byte** packet);

    [LibraryImport(Library)]
    public static partial void av_packet_unref(byte* packet);

    [LibraryImport(Library)]
    public static partial int avcodec_send_packet(byte* context, byte* packet);

    [LibraryImport(Library)]
    public static partial int avcodec_receive_frame(byte* context, byte* frame);

    [LibraryImport(Library)]
    public static partial int avcodec_send_frame(byte* context, byte* frame);

    [LibraryImport(Library)]
    public static partial int avcodec_receive_packet(byte* context, byte* packet);

    [LibraryImport(Library)]
    public static partial void avcodec_flush_buffers(byte* context);

    /// <summary>Only where <see cref="NativeLibraries.HasFunction"/> says so (libavcodec 60.31 and later).</summary>
    [LibraryImport(Library)]
    public static partial byte* av_packet_side_data_get(byte* sideData, int count, int type);
}
