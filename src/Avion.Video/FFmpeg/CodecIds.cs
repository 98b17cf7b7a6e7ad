namespace Avion.Video;

/// <summary>The values of AVCodecID that never changed; codecs added later differ between versions and are looked up by name.</summary>
internal static unsafe class CodecIds
{
    public const uint NoTag = 0;
    public const int None = 0;
    public const int Mpeg1 = 1;
    public const int Mpeg2 = 2;
    public const int Mjpeg = 7;
    public const int Mpeg4 = 12;
    public const int H264 = 27;
    public const int Png = 61;
    public const int Vp8 = 139;
    public const int Vp9 = 167;
    public const int Hevc = 173;

    private static int s_av1 = -1;

    /// <summary>AV1: its number differs between versions, and the first software decoder that was compiled in is preferred.</summary>
    public static int Av1
    {
        get
        {
            if (s_av1 < 0)
            {
                byte* codec = FindAv1();
                s_av1 = codec == null ? None : CodecLayout.Id(codec);
            }

            return s_av1;
        }
    }

    /// <summary>The decoder for a codec, null when this FFmpeg has none.</summary>
    public static byte* FindDecoder(int id)
    {
        byte* av1 = FindAv1();
        // FFmpeg's own "av1" needs a hardware decoder and would come first when looked up by number.
        return av1 != null && CodecLayout.Id(av1) == id ? av1 : AvCodec.avcodec_find_decoder(id);
    }

    private static byte* FindAv1()
    {
        byte* codec = Find("libdav1d"u8);
        return codec == null ? Find("libaom-av1"u8) : codec;
    }

    private static byte* Find(ReadOnlySpan<byte> name)
    {
        fixed (byte* address = name)
        {
            return AvCodec.avcodec_find_decoder_by_name(address);
        }
    }
}
