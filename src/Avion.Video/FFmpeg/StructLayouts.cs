using System.Runtime.CompilerServices;

namespace Avion.Video;

// Offsets in bytes, on 64-bit systems, of the few struct fields that are read or written directly. Those of AVFrame, AVPacket, AVCodec and
// the head of AVCodecParameters are the same in FFmpeg 4.4 to 8; what moves between versions is reached by AVOptions instead, and where
// there is none (AVStream) the offset is a function of the major version. DecoderSelfTest refuses a library where they do not hold.

/// <summary>AVFrame: one picture, decoded or to be encoded.</summary>
internal readonly unsafe struct FramePointer(byte* address)
{
    public byte* Address => address;

    public byte* Plane(int index) => ((byte**)address)[index];

    public int Stride(int index) => *(int*)(address + 64 + (4 * index));

    public ref int Width => ref Unsafe.AsRef<int>(address + 104);

    public ref int Height => ref Unsafe.AsRef<int>(address + 108);

    public ref int Format => ref Unsafe.AsRef<int>(address + 116);

    public long Timestamp => *(long*)(address + 136);
}

/// <summary>AVPacket: one compressed picture.</summary>
internal readonly unsafe struct PacketPointer(byte* address)
{
    public const int FlagKey = 1;
    public const int FlagCorrupt = 2;
    public const int FlagDiscard = 4;
    public const long NoTimestamp = long.MinValue;

    public byte* Address => address;

    public ref long Timestamp => ref Unsafe.AsRef<long>(address + 8);

    public ref long DecodeTimestamp => ref Unsafe.AsRef<long>(address + 16);

    public ref byte* Data => ref *(byte**)(address + 24);

    public ref int Size => ref Unsafe.AsRef<int>(address + 32);

    public int StreamIndex => *(int*)(address + 36);

    public ref int Flags => ref Unsafe.AsRef<int>(address + 40);

    public byte* SideData => *(byte**)(address + 48);

    public int SideDataCount => *(int*)(address + 56);

    public long Duration => *(long*)(address + 64);

    public long Position => *(long*)(address + 72);
}

/// <summary>The head of AVCodecParameters.</summary>
internal readonly unsafe struct CodecParametersPointer(byte* address)
{
    public const int MediaTypeVideo = 0;

    public byte* Address => address;

    public ref int MediaType => ref Unsafe.AsRef<int>(address);

    public ref int CodecId => ref Unsafe.AsRef<int>(address + 4);

    public ref uint CodecTag => ref Unsafe.AsRef<uint>(address + 8);

    public ref byte* ExtraData => ref *(byte**)(address + 16);

    public ref int ExtraDataSize => ref Unsafe.AsRef<int>(address + 24);

    /// <summary>The width and height that a container declares; they moved in libavcodec 61.</summary>
    public (int Width, int Height) Size(int avCodecMajor)
    {
        int* size = (int*)(address + SizeAt(avCodecMajor));
        return (size[0], size[1]);
    }

    /// <inheritdoc cref="Size"/>
    public void SetSize(int width, int height, int avCodecMajor)
    {
        int* size = (int*)(address + SizeAt(avCodecMajor));
        size[0] = width;
        size[1] = height;
    }

    /// <summary>The pixel format, which an encoder is told; it moved in libavcodec 61.</summary>
    public void SetFormat(int format, int avCodecMajor) => *(int*)(address + (avCodecMajor >= 61 ? 44 : 28)) = format;

    /// <summary>What a container declares of the colours: color_range, color_space and chroma_location.</summary>
    public StreamColor Color(int avCodecMajor)
    {
        // Behind the size lie the aspect ratio, from libavcodec 61 the frame rate, and the order of fields.
        int* range = (int*)(address + SizeAt(avCodecMajor) + (avCodecMajor >= 61 ? 28 : 20));
        return new StreamColor(range[0], range[3], range[4]);
    }

    /// <summary>coded_side_data and its count follow the head since libavcodec 61.</summary>
    public byte* SideData => *(byte**)(address + 32);

    public int SideDataCount => *(int*)(address + 40);

    private static int SizeAt(int avCodecMajor) => avCodecMajor >= 61 ? 72 : 56;
}

/// <summary>AVCodec: what is known of a decoder.</summary>
internal static unsafe class CodecLayout
{
    public static int Id(byte* codec) => *(int*)(codec + 20);
}

/// <summary>AVFormatContext and AVStream.</summary>
internal static unsafe class FormatLayout
{
    /// <summary>AVFormatContext.pb: where bytes come from.</summary>
    public static void SetInput(byte* context, byte* io) => *(byte**)(context + 32) = io;

    public static int StreamCount(byte* context) => *(int*)(context + 44);

    public static byte* Stream(byte* context, int index) => (*(byte***)(context + 48))[index];

    public static CodecParametersPointer CodecParameters(byte* stream, int avFormatMajor) =>
        new(*(byte**)(stream + (avFormatMajor >= 60 ? 16 : 208)));

    /// <summary>AVStream.time_base: seconds of one tick as a fraction.</summary>
    public static (int Numerator, int Denominator) TimeBase(byte* stream, int avFormatMajor)
    {
        int* fraction = (int*)(stream + TimeBaseAt(avFormatMajor));
        return (fraction[0], fraction[1]);
    }

    /// <summary>AVStream.disposition, which follows time_base, start_time, duration and nb_frames in every version.</summary>
    public static int Disposition(byte* stream, int avFormatMajor) => *(int*)(stream + TimeBaseAt(avFormatMajor) + 32);

    /// <summary>AVStream.nb_frames as the container declares it; 0 where it does not.</summary>
    public static long FrameCount(byte* stream, int avFormatMajor) => *(long*)(stream + TimeBaseAt(avFormatMajor) + 24);

    private static int TimeBaseAt(int avFormatMajor) => avFormatMajor switch { 58 => 24, 59 => 16, _ => 32 };
}
