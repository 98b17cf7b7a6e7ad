namespace Avion.Video;

/// <summary>A file opened by libavformat, of which only the main video stream is read.</summary>
internal sealed unsafe class Demuxer : IDisposable
{
    private const int MediaTypeVideo = 0;
    private const int SeekBackward = 1;
    private const int AttachedPicture = 0x400;
    private const int TimedThumbnails = 0x800;
    private const int DefaultTrack = 1;
    private const int SideDataNewExtraData = 1;
    private const int SideDataDisplayMatrix = 5;
    private const int ErrorEnd = -0x20464F45;

    private readonly GrowingBytes? _bytes;
    private byte* _context;
    private byte* _packet;
    private byte* _stream;
    private int _streamIndex;

    /// <param name="path">The file.</param>
    /// <param name="bytes">Gives its bytes, front to back, where it is still being written; null for a file that lies there.</param>
    public Demuxer(string path, GrowingBytes? bytes = null)
    {
        (Path, _bytes) = (path, bytes);
        _packet = AvCodec.av_packet_alloc();
        if (_packet == null)
        {
            throw new OutOfMemoryException("libavcodec could not allocate a packet.");
        }

        try
        {
            Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>The packet read last.</summary>
    public PacketPointer Packet => new(_packet);

    /// <summary>What a decoder of the stream is opened with.</summary>
    public DecoderParameters DecoderParameters
    {
        get
        {
            (int width, int height) = Parameters.Size(NativeLibraries.Release!.AvCodec);
            byte[] extraData = new ReadOnlySpan<byte>(Parameters.ExtraData, Math.Max(0, Parameters.ExtraDataSize)).ToArray();
            StreamColor color = Parameters.Color(NativeLibraries.Release!.AvCodec);
            return new DecoderParameters(Parameters.CodecId, Parameters.CodecTag, extraData, width, height, color);
        }
    }

    public (int Numerator, int Denominator) TimeBase => FormatLayout.TimeBase(_stream, Major);

    /// <summary>How the container asks for the picture to be turned; null where it asks for a slanted one.</summary>
    public Orientation? Orientation
    {
        get
        {
            // FFmpeg's matrix is that of mp4: rows (a b u), (c d v), (x y w).
            int* matrix = DisplayMatrix();
            return matrix == null ? default(Orientation) : Video.Orientation.FromMatrix(matrix[0], matrix[1], matrix[3], matrix[4]);
        }
    }

    /// <summary>Parameters that the container sets with the packet read last, empty where it sets none.</summary>
    public ReadOnlySpan<byte> NewExtraData
    {
        get
        {
            PacketPointer packet = Packet;
            for (int i = 0; i < packet.SideDataCount; i++)
            {
                // AVPacketSideData: data, size, type.
                byte* entry = packet.SideData + (24 * i);
                if (*(int*)(entry + 16) == SideDataNewExtraData)
                {
                    return new ReadOnlySpan<byte>(*(byte**)entry, (int)Math.Min(int.MaxValue, *(nuint*)(entry + 8)));
                }
            }

            return default;
        }
    }

    private CodecParametersPointer Parameters => FormatLayout.CodecParameters(_stream, Major);

    private static int Major => NativeLibraries.Release!.AvFormat;

    /// <summary>Reads the next packet of the video stream; false at the end of the file.</summary>
    public bool Read()
    {
        while (true)
        {
            AvCodec.av_packet_unref(_packet);
            int result = AvFormat.av_read_frame(_context, _packet);
            if (result < 0)
            {
                // A read error in the middle ends the stream for libavformat too; missing frames are noticed by whoever wanted them.
                LastReadFailed = result != ErrorEnd;
                return false;
            }

            if (Packet.StreamIndex == _streamIndex)
            {
                return true;
            }
        }
    }

    /// <summary>Whether <see cref="Read"/> ended with an error and not with the end of the file.</summary>
    public bool LastReadFailed { get; private set; }

    /// <summary>Moves to the keyframe at or before a time in ticks; false where the container cannot.</summary>
    public bool Seek(long ticks) => AvFormat.av_seek_frame(_context, _streamIndex, ticks, SeekBackward) >= 0;

    /// <summary>Starts over at the first packet. Opening anew is the one way that gives the same packets in every container.</summary>
    public void Rewind()
    {
        CloseContext();
        Open();
    }

    public void Dispose()
    {
        CloseContext();
        byte* packet = _packet;
        _packet = null;
        if (packet != null)
        {
            AvCodec.av_packet_free(&packet);
        }
    }

    private int* DisplayMatrix()
    {
        if (NativeLibraries.HasFunction(NativeLibraries.AvFormatName, "av_stream_get_side_data"))
        {
            nuint size;
            byte* data = AvFormat.av_stream_get_side_data(_stream, SideDataDisplayMatrix, &size);
            return size >= 36 ? (int*)data : null;
        }

        if (Major >= 61 && NativeLibraries.HasFunction(NativeLibraries.AvCodecName, "av_packet_side_data_get"))
        {
            byte* entry = AvCodec.av_packet_side_data_get(Parameters.SideData, Parameters.SideDataCount, SideDataDisplayMatrix);
            // AVPacketSideData: data, size, type.
            return entry != null && *(nuint*)(entry + 8) >= 36 ? *(int**)entry : null;
        }

        return null;
    }

    private void Open()
    {
        // "file:" and the white list keep a name or a playlist from reaching anything but this file.
        byte[] url = Encoding.UTF8.GetBytes("file:" + Path + '\0');
        void* options = null;
        byte* context = null;
        int result;
        if (_bytes is not null)
        {
            context = AvFormat.avformat_alloc_context();
            FormatLayout.SetInput(context, _bytes.Input);
        }

        fixed (byte* address = url, key = "protocol_whitelist"u8, value = "file"u8)
        {
            _ = AvUtil.av_dict_set(&options, key, value, 0);
            result = AvFormat.avformat_open_input(&context, address, null, &options);
            AvUtil.av_dict_free(&options);
        }

        if (result < 0)
        {
            throw NotVideo(VideoDecoder.Describe(result));
        }

        _context = context;
        result = AvFormat.avformat_find_stream_info(_context, null);
        _streamIndex = result < 0 ? -1 : MainStream();
        if (_streamIndex < 0)
        {
            throw NoVideoStream();
        }

        _stream = FormatLayout.Stream(_context, _streamIndex);

        string codec = Marshal.PtrToStringUTF8((nint)AvCodec.avcodec_get_name(Parameters.CodecId)) ?? string.Empty;
        if (codec is "ansi" or "bintext" or "xbin" or "idf")
        {
            throw NotVideo("it is text");
        }
    }

    /// <summary>The video stream that <see cref="TrackRank"/> puts first; −1 where there is none.</summary>
    private int MainStream()
    {
        int best = -1;
        TrackRank bestRank = default;
        for (int index = 0; index < FormatLayout.StreamCount(_context); index++)
        {
            byte* stream = FormatLayout.Stream(_context, index);
            CodecParametersPointer parameters = FormatLayout.CodecParameters(stream, Major);
            int disposition = FormatLayout.Disposition(stream, Major);
            if (parameters.MediaType != MediaTypeVideo || (disposition & (AttachedPicture | TimedThumbnails)) != 0)
            {
                continue;
            }

            (int width, int height) = parameters.Size(NativeLibraries.Release!.AvCodec);
            bool isPicture = TrackRank.IsStill(parameters.CodecId, FormatLayout.FrameCount(stream, Major));
            TrackRank rank = new(isPicture, (disposition & DefaultTrack) != 0, (long)width * height);
            if (best < 0 || rank.IsBefore(bestRank))
            {
                best = index;
                bestRank = rank;
            }
        }

        return best;
    }

    private void CloseContext()
    {
        byte* context = _context;
        _context = null;
        _stream = null;
        if (context != null)
        {
            AvFormat.avformat_close_input(&context);
        }
    }

    private VideoException NotVideo(string reason) => new(
        VideoErrorKind.NotVideo, Path, $"Cannot read '{Path}': no known video container ({reason}).");

    private VideoException NoVideoStream() => new(
        VideoErrorKind.NoVideoStream, Path, $"Cannot read '{Path}': it has no video stream; a file with pictures is expected.");
}
