namespace Avion.Video;

/// <summary>Outcome of giving a packet or taking a frame.</summary>
internal enum DecodeStatus
{
    Done,

    /// <summary>Sending: take frames first. Receiving: give more packets first.</summary>
    Again,

    /// <summary>No more frames until the decoder is flushed.</summary>
    End,

    /// <summary>The decoder rejected the data.</summary>
    Failed,
}

/// <summary>What a container declares of a stream's colours, in FFmpeg's numbers; 0 for what it does not say.</summary>
/// <param name="Range">AVColorRange: 1 limited, 2 full.</param>
/// <param name="Matrix">AVColorSpace; 2 is unknown too.</param>
/// <param name="ChromaLocation">AVChromaLocation.</param>
internal readonly record struct StreamColor(int Range, int Matrix, int ChromaLocation);

/// <summary>What a decoder is opened with.</summary>
/// <param name="CodecId">AVCodecID.</param>
/// <param name="CodecTag">The container's own name of the codec.</param>
/// <param name="ExtraData">Parameters as the container stores them.</param>
/// <param name="Width">Width that the container declares; 0 where the stream itself says it.</param>
/// <param name="Height">Height that the container declares.</param>
/// <param name="Color">Colours that the container declares; what the stream says comes first.</param>
internal readonly record struct DecoderParameters(
    int CodecId, uint CodecTag, byte[] ExtraData, int Width = 0, int Height = 0, StreamColor Color = default)
{
    /// <summary>Equal in every byte.</summary>
    public bool Equals(DecoderParameters other) =>
        CodecId == other.CodecId && CodecTag == other.CodecTag && Width == other.Width && Height == other.Height && Color == other.Color &&
        (ReferenceEquals(ExtraData, other.ExtraData) || ExtraData.AsSpan().SequenceEqual(other.ExtraData));

    public override int GetHashCode() => HashCode.Combine(CodecId, CodecTag, Width, Height, ExtraData.Length);
}

/// <summary>
/// One libavcodec context with its packet and frame. It is kept from clip to clip and opened again only when the stream's parameters
/// differ.
/// Single-threaded: reading clips is parallel over clips, where frame threads would spend half as much again in processor time.
/// </summary>
internal sealed unsafe class VideoDecoder : IDisposable
{
    /// <summary>Bytes after a packet that libavcodec may read (AV_INPUT_BUFFER_PADDING_SIZE).</summary>
    public const int InputPadding = 64;

    private const int ErrorEnd = -0x20464F45;
    private const int ErrorNoMemory = -12;
    private const long Explode = 1 << 3;
    private const long StrictCompliance = 1;
    private const long OutputCorrupt = 1 << 3;

    private static readonly int s_errorAgain = OperatingSystem.IsMacOS() ? -35 : -11;

    private readonly bool _showsUnrecovered;
    private readonly NativeBuffer _sequence = new();
    private byte* _context;
    private byte* _packet;
    private byte* _frame;
    private DecoderParameters _parameters;
    private bool _rejectDamage;

    /// <param name="showsUnrecovered">
    /// Give also pictures of H.264 that the decoder does not know to be whole because no recovery point was shown before them. Reading sets
    /// it, since a run is drained before its recovery point is shown and begins only where recovery is proved; indexing does not, to learn
    /// which pictures a player shows.
    /// </param>
    public VideoDecoder(bool showsUnrecovered = false)
    {
        _showsUnrecovered = showsUnrecovered;
        _packet = AvCodec.av_packet_alloc();
        _frame = AvUtil.av_frame_alloc();
        if (_packet == null || _frame == null)
        {
            Dispose();
            throw new OutOfMemoryException("libavcodec could not allocate a packet and a frame.");
        }
    }

    /// <summary>FFmpeg's code of the last failure.</summary>
    public int LastError { get; private set; }

    /// <summary>Opens the decoder for a stream, or flushes the one that is open when it has the
    /// same parameters. True when it was opened.</summary>
    public bool Open(in DecoderParameters wanted, bool rejectDamage)
    {
        if (_context != null && wanted.Equals(_parameters))
        {
            Flush();
            SetRejectDamage(rejectDamage);
            return false;
        }

        Close();
        byte* codec = CodecIds.FindDecoder(wanted.CodecId);
        if (codec == null)
        {
            string name = Marshal.PtrToStringUTF8((nint)AvCodec.avcodec_get_name(wanted.CodecId)) ?? "unknown";
            throw new VideoException(VideoErrorKind.Unsupported, string.Empty, $"This FFmpeg has no decoder for codec '{name}'");
        }

        byte* context = AvCodec.avcodec_alloc_context3(codec);
        byte* parameters = AvCodec.avcodec_parameters_alloc();
        if (context == null || parameters == null)
        {
            AvCodec.avcodec_free_context(&context);
            AvCodec.avcodec_parameters_free(&parameters);
            throw new OutOfMemoryException("libavcodec could not allocate a decoder.");
        }

        int result = Configure(context, parameters, wanted);
        AvCodec.avcodec_parameters_free(&parameters);
        if (result >= 0)
        {
            SetOptions(context, wanted, rejectDamage);
            result = AvCodec.avcodec_open2(context, codec, null);
        }

        if (result < 0)
        {
            AvCodec.avcodec_free_context(&context);
            throw new VideoException(VideoErrorKind.Corrupt, string.Empty,
                $"The decoder rejects the stream's parameters ({Describe(result)})");
        }

        _context = context;
        _parameters = wanted;
        _rejectDamage = rejectDamage;
        return true;
    }

    /// <summary>Gives a packet; <paramref name="data"/> is followed by <see cref="InputPadding"/> readable bytes.</summary>
    public DecodeStatus Send(byte* data, int size, long timestamp, bool isKeyframe)
    {
        PacketPointer packet = new(_packet);
        packet.Data = data;
        packet.Size = size;
        packet.Timestamp = timestamp;
        packet.DecodeTimestamp = PacketPointer.NoTimestamp;
        packet.Flags = isKeyframe ? PacketPointer.FlagKey : 0;
        DecodeStatus status = Status(AvCodec.avcodec_send_packet(_context, _packet));
        packet.Data = null;
        packet.Size = 0;
        return status;
    }

    /// <summary>
    /// Gives an AV1 decoder the sequence header that the container stores; libdav1d forgets it when it is flushed, and later key frames
    /// need not repeat it.
    /// </summary>
    public void SendSequence(ReadOnlySpan<byte> unit)
    {
        byte* copy = _sequence.Ensure((nuint)(unit.Length + InputPadding));
        new Span<byte>(copy, unit.Length + InputPadding).Clear();
        unit.CopyTo(new Span<byte>(copy, unit.Length));
        _ = Send(copy, unit.Length, -1, isKeyframe: false);
    }

    /// <summary>Gives a packet that libavformat made.</summary>
    public DecodeStatus Send(PacketPointer packet) => Status(AvCodec.avcodec_send_packet(_context, packet.Address));

    /// <summary>Says that no packet follows, so that the frames held back for reordering come out.</summary>
    public void SendEnd() => Status(AvCodec.avcodec_send_packet(_context, null));

    /// <summary>Takes the next frame in display order; it stays valid until the next call.</summary>
    public DecodeStatus Receive(out FramePointer frame)
    {
        frame = new FramePointer(_frame);
        return Status(AvCodec.avcodec_receive_frame(_context, _frame));
    }

    /// <summary>Forgets all pictures; the next packet must be a keyframe.</summary>
    public void Flush() => AvCodec.avcodec_flush_buffers(_context);

    /// <summary>Changes whether damage is an error or is concealed, from the next packet on.</summary>
    public void SetRejectDamage(bool rejectDamage)
    {
        if (rejectDamage != _rejectDamage)
        {
            Set(_context, "err_detect"u8, rejectDamage ? Explode : 0);
            _rejectDamage = rejectDamage;
        }
    }

    /// <summary>An integer option of the context, such as what the stream says of its colours.</summary>
    public long GetOption(ReadOnlySpan<byte> name)
    {
        long value;
        fixed (byte* address = name)
        {
            return AvUtil.av_opt_get_int(_context, address, 0, &value) < 0 ? 0 : value;
        }
    }

    /// <summary>FFmpeg's words for an error code.</summary>
    public static string Describe(int error)
    {
        byte* text = stackalloc byte[128];
        return AvUtil.av_strerror(error, text, 128) < 0 ? $"error {error}" : Marshal.PtrToStringUTF8((nint)text) ?? $"error {error}";
    }

    public void Dispose()
    {
        Close();
        _sequence.Dispose();
        byte* packet = _packet;
        byte* frame = _frame;
        _packet = null;
        _frame = null;
        if (packet != null)
        {
            AvCodec.av_packet_free(&packet);
        }

        if (frame != null)
        {
            AvUtil.av_frame_free(&frame);
        }
    }

    /// <summary>Closes the decoder, if one is open, and returns its memory; the next Open starts anew.</summary>
    public void Close()
    {
        byte* context = _context;
        _context = null;
        if (context != null)
        {
            AvCodec.avcodec_free_context(&context);
        }
    }

    private static int Configure(byte* context, byte* parameters, in DecoderParameters wanted)
    {
        CodecParametersPointer head = new(parameters);
        head.MediaType = CodecParametersPointer.MediaTypeVideo;
        head.CodecId = wanted.CodecId;
        head.CodecTag = wanted.CodecTag;
        head.SetSize(wanted.Width, wanted.Height, NativeLibraries.Release!.AvCodec);
        byte[] extraData = wanted.ExtraData;
        if (extraData.Length > 0)
        {
            byte* copy = (byte*)AvUtil.av_mallocz((nuint)(extraData.Length + InputPadding));
            if (copy == null)
            {
                return ErrorNoMemory;
            }

            extraData.CopyTo(new Span<byte>(copy, extraData.Length));
            head.ExtraData = copy;
            head.ExtraDataSize = extraData.Length;
        }

        return AvCodec.avcodec_parameters_to_context(context, parameters);
    }

    private void SetOptions(byte* context, in DecoderParameters wanted, bool rejectDamage)
    {
        SetUnlessUnknown(context, "color_range"u8, wanted.Color.Range, unknown: 0);
        SetUnlessUnknown(context, "colorspace"u8, wanted.Color.Matrix, unknown: 2);
        SetUnlessUnknown(context, "chroma_sample_location"u8, wanted.Color.ChromaLocation, unknown: 0);
        Set(context, "threads"u8, 1);
        Set(context, "err_detect"u8, rejectDamage ? Explode : 0);
        if (wanted.CodecId == CodecIds.H264)
        {
            Set(context, "flags"u8, _showsUnrecovered ? OutputCorrupt : 0);
            // Streams that do not declare their reorder depth would otherwise lose frames until the decoder has guessed it. Each run is
            // drained, so that the deepest depth that the level allows costs nothing.
            Set(context, "strict"u8, StrictCompliance);
        }
    }

    private static void SetUnlessUnknown(byte* context, ReadOnlySpan<byte> name, int value, int unknown)
    {
        if (value != 0 && value != unknown)
        {
            Set(context, name, value);
        }
    }

    private static void Set(byte* context, ReadOnlySpan<byte> name, long value)
    {
        fixed (byte* address = name)
        {
            _ = AvUtil.av_opt_set_int(context, address, value, 0);
        }
    }

    private DecodeStatus Status(int result)
    {
        if (result >= 0)
        {
            return DecodeStatus.Done;
        }

        if (result == s_errorAgain)
        {
            return DecodeStatus.Again;
        }

        if (result == ErrorEnd)
        {
            return DecodeStatus.End;
        }

        LastError = result;
        return result == ErrorNoMemory ? throw new OutOfMemoryException("libavcodec ran out of memory.") : DecodeStatus.Failed;
    }
}
