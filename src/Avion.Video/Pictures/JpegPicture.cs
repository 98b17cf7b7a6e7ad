namespace Avion.Video;

/// <summary>Pictures as JPEG, for pages that show what was read: baseline, a colour sample for each pixel (4:4:4), by libavcodec's
/// encoder.</summary>
/// <remarks>
/// Colours are those of JFIF: Y = 0.299 R + 0.587 G + 0.114 B, Cb = 128 + (B − Y) / 1.772, Cr = 128 + (R − Y) / 1.402, each rounded.
/// Source: ITU-T T.871, section 7.
/// </remarks>
public static unsafe class JpegPicture
{
    /// <summary>A quantizer by which filmed frames keep 36 dB and more of signal over what is lost.</summary>
    public const int UsualQuantizer = 3;

    private const int Channels = 3, MostSide = 65_500;
    private const int FullRange = 2;

    /// <summary>Encodes rows of red, green, blue bytes, top row first.</summary>
    /// <param name="rgb">The rows, [height, width, 3].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="quantizer">From 1, the finest, to 31: how many times an eighth of MPEG's table coefficients are divided by.</param>
    /// <returns>A JPEG file; null where this machine's FFmpeg has no encoder for it, or no FFmpeg is there.</returns>
    /// <exception cref="ArgumentException">The bytes do not fill the picture exactly.</exception>
    public static byte[]? TryEncode(ReadOnlySpan<byte> rgb, int width, int height, int quantizer = UsualQuantizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(quantizer, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quantizer, 31);
        if (rgb.Length != (long)width * height * Channels)
        {
            throw new ArgumentException($"JpegPicture.TryEncode: got {rgb.Length} bytes, expected {height} x {width} x {Channels}.",
                nameof(rgb));
        }

        if (Math.Max(width, height) > MostSide || !FFmpegLibraries.TryLoad(out _))
        {
            return null;
        }

        int format = FormatOf("yuvj444p"u8);
        byte* context = Open(width, height, format, quantizer), frame = AvUtil.av_frame_alloc(), packet = AvCodec.av_packet_alloc();
        try
        {
            if (context == null || frame == null || packet == null || !Fill(new FramePointer(frame), rgb, width, height, format))
            {
                return null;
            }

            // No picture follows: the encoder gives what it has.
            if (AvCodec.avcodec_send_frame(context, frame) < 0 || AvCodec.avcodec_send_frame(context, null) < 0
                || AvCodec.avcodec_receive_packet(context, packet) < 0)
            {
                return null;
            }

            PacketPointer written = new(packet);
            return new ReadOnlySpan<byte>(written.Data, written.Size).ToArray();
        }
        finally
        {
            AvCodec.av_packet_free(&packet);
            AvUtil.av_frame_free(&frame);
            AvCodec.avcodec_free_context(&context);
        }
    }

    private static int FormatOf(ReadOnlySpan<byte> name)
    {
        fixed (byte* address = name)
        {
            return AvUtil.av_get_pix_fmt(address);
        }
    }

    private static byte* Open(int width, int height, int format, int quantizer)
    {
        byte* codec = AvCodec.avcodec_find_encoder(CodecIds.Mjpeg);
        if (codec == null || format < 0)
        {
            return null;
        }

        byte* context = AvCodec.avcodec_alloc_context3(codec), parameters = AvCodec.avcodec_parameters_alloc();
        if (context == null || parameters == null
            || !Configure(context, new CodecParametersPointer(parameters), width, height, format, quantizer)
            || AvCodec.avcodec_open2(context, codec, null) < 0)
        {
            AvCodec.avcodec_free_context(&context);
        }

        AvCodec.avcodec_parameters_free(&parameters);
        return context;
    }

    private static bool Configure(byte* context, CodecParametersPointer parameters, int width, int height, int format, int quantizer)
    {
        int major = NativeLibraries.Release!.AvCodec;
        (parameters.MediaType, parameters.CodecId) = (CodecParametersPointer.MediaTypeVideo, CodecIds.Mjpeg);
        parameters.SetFormat(format, major);
        parameters.SetSize(width, height, major);
        if (AvCodec.avcodec_parameters_to_context(context, parameters.Address) < 0)
        {
            return false;
        }

        // One quantizer for all leaves the encoder's control of its rate no choice.
        return Set(context, "qmin"u8, quantizer) && Set(context, "qmax"u8, quantizer) && Set(context, "time_base"u8, 1)
            && Set(context, "threads"u8, 1) && Set(context, "color_range"u8, FullRange);
    }

    private static bool Set(byte* context, ReadOnlySpan<byte> name, long value)
    {
        fixed (byte* address = name)
        {
            return AvUtil.av_opt_set_int(context, address, value, 0) >= 0;
        }
    }

    private static bool Fill(FramePointer frame, ReadOnlySpan<byte> rgb, int width, int height, int format)
    {
        (frame.Width, frame.Height, frame.Format) = (width, height, format);
        if (AvUtil.av_frame_get_buffer(frame.Address, 0) < 0)
        {
            return false;
        }

        for (int y = 0; y < height; y++)
        {
            Convert(rgb.Slice(y * width * Channels, width * Channels), Row(0), Row(1), Row(2));

            Span<byte> Row(int plane) => new(frame.Plane(plane) + ((nint)y * frame.Stride(plane)), width);
        }

        return true;
    }

    /// <summary>One row, in fixed point of 16 binary places.</summary>
    private static void Convert(ReadOnlySpan<byte> rgb, Span<byte> luma, Span<byte> blue, Span<byte> red)
    {
        const int half = 1 << 15, middle = (128 << 16) + half - 1;
        for (int x = 0; x < luma.Length; x++)
        {
            (int r, int g, int b) = (rgb[Channels * x], rgb[(Channels * x) + 1], rgb[(Channels * x) + 2]);
            luma[x] = (byte)(((19595 * r) + (38470 * g) + (7471 * b) + half) >> 16);
            blue[x] = (byte)(((-11059 * r) - (21709 * g) + (32768 * b) + middle) >> 16);
            red[x] = (byte)(((32768 * r) - (27439 * g) - (5329 * b) + middle) >> 16);
        }
    }
}
