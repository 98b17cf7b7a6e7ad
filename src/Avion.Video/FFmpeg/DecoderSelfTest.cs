namespace Avion.Video;

/// <summary>
/// Decodes one H.264 picture of a single colour and looks at every field that the rest of this assembly reads, so that a library whose
/// structs differ is refused with a sentence at start instead of giving wrong pictures later.
/// </summary>
internal static unsafe class DecoderSelfTest
{
    private const int Width = 32;
    private const int Height = 16;
    private const byte Luma = 0x74;
    private const byte BlueDifference = 0xA6;
    private const byte RedDifference = 0x5F;

    /// <summary>Sequence and picture parameters and one IDR slice, Annex B: 32 × 16, baseline, from <c>ffmpeg -f lavfi -i
    /// color=c=0x4080C0</c>.</summary>
    private static ReadOnlySpan<byte> Picture =>
    [
        0x00, 0x00, 0x00, 0x01, 0x67, 0x42, 0xc0, 0x0a, 0xd9, 0x0b, 0xb0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32,
        0x0f, 0x12, 0x26, 0x48, 0x00, 0x00, 0x00, 0x01, 0x68, 0xcb, 0x83, 0xcb, 0x20, 0x00, 0x00, 0x01, 0x65, 0x88, 0x84, 0x0a, 0xf1, 0x18,
        0xa0, 0x00, 0x20, 0xd7, 0x1c, 0x00, 0x04, 0x3a, 0xa3, 0x80, 0x00, 0x86, 0x3c, 0x9e,
    ];

    /// <summary>Null when all is as expected, else what differs.</summary>
    public static string? Run()
    {
        byte* codec = AvCodec.avcodec_find_decoder(CodecIds.H264);
        if (codec == null)
        {
            return "it was built without an H.264 decoder";
        }

        if (CodecLayout.Id(codec) != CodecIds.H264)
        {
            return $"the H.264 decoder names itself codec {CodecLayout.Id(codec)}, expected {CodecIds.H264}";
        }

        try
        {
            using VideoDecoder decoder = new();
            decoder.Open(new DecoderParameters(CodecIds.H264, CodecIds.NoTag, []), rejectDamage: true);
            // The decoder may read up to 64 bytes past the end.
            byte* data = stackalloc byte[Picture.Length + VideoDecoder.InputPadding];
            new Span<byte>(data, Picture.Length + VideoDecoder.InputPadding).Clear();
            Picture.CopyTo(new Span<byte>(data, Picture.Length));
            const long timestamp = 1234567;
            if (decoder.Send(data, Picture.Length, timestamp, isKeyframe: true) != DecodeStatus.Done)
            {
                return "it rejects the packet";
            }

            decoder.SendEnd();
            if (decoder.Receive(out FramePointer frame) != DecodeStatus.Done)
            {
                return "it returns no frame";
            }

            return Check(frame, timestamp);
        }
        catch (VideoException failure)
        {
            return failure.Message;
        }
    }

    private static string? Check(FramePointer frame, long timestamp)
    {
        if (frame.Width != Width || frame.Height != Height)
        {
            return $"the frame's size reads {frame.Width} × {frame.Height}, expected {Width} × {Height}";
        }

        if (frame.Timestamp != timestamp)
        {
            return $"the frame's timestamp reads {frame.Timestamp}, expected {timestamp}";
        }

        if (!PixelFormat.TryParse(frame.Format, out PixelFormat format) || !format.IsPlanar420 || format.BitDepth != 8)
        {
            return $"the frame's pixel format reads {frame.Format}, expected yuv420p";
        }

        if (frame.Stride(0) < Width || frame.Stride(0) > 4096 || frame.Stride(1) < Width / 2 || frame.Stride(1) != frame.Stride(2))
        {
            return $"the frame's strides read {frame.Stride(0)}, {frame.Stride(1)} and {frame.Stride(2)}";
        }

        ReadOnlySpan<byte> values = [Luma, BlueDifference, RedDifference];
        for (int plane = 0; plane < 3; plane++)
        {
            int last = plane == 0 ? (Height - 1) * frame.Stride(0) + Width - 1 : ((Height / 2) - 1) * frame.Stride(1) + (Width / 2) - 1;
            if (frame.Plane(plane)[0] != values[plane] || frame.Plane(plane)[last] != values[plane])
            {
                return $"plane {plane} reads {frame.Plane(plane)[0]}, expected {values[plane]}";
            }
        }

        return null;
    }
}
