using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>The description of a track's samples (an entry of stsd): codec, picture size and decoder parameters.</summary>
internal readonly record struct Mp4SampleEntry(
    string Format, int CodecId, string CodecName, uint Tag, int Width, int Height, byte[] ExtraData, int TemporalLayers, StreamColor Color)
{
    private const int VisualHeaderBytes = 78;

    /// <summary>Reads the contents of a visual sample entry. CodecId is <see cref="CodecIds.None"/>
    /// where the indexed road does not know it.</summary>
    public static Mp4SampleEntry Parse(uint type, ReadOnlySpan<byte> content)
    {
        Span<byte> letters = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(letters, type);
        string format = Encoding.Latin1.GetString(letters);
        Mp4SampleEntry unknown = new(format, CodecIds.None, string.Empty, 0, 0, 0, [], 0, default);
        if (content.Length < VisualHeaderBytes)
        {
            return unknown;
        }

        // FFmpeg writes the letters in the order in which they lie in the file.
        uint tag = BinaryPrimitives.ReverseEndianness(type);
        Mp4SampleEntry known = unknown with
        {
            Tag = tag,
            Width = BinaryPrimitives.ReadUInt16BigEndian(content[24..]),
            Height = BinaryPrimitives.ReadUInt16BigEndian(content[26..]),
        };
        ReadOnlySpan<byte> children = content[VisualHeaderBytes..];
        known = known with { Color = ReadColor(children) };
        ReadOnlySpan<byte> box;
        switch (format)
        {
            case "avc1" or "avc3" when Mp4Box.TryFind(children, "avcC"u8, out box) && box.Length >= 7:
                return known with
                {
                    CodecId = CodecIds.H264, CodecName = "h264", ExtraData = box.ToArray(),
                };
            case "hvc1" or "hev1" when Mp4Box.TryFind(children, "hvcC"u8, out box) && box.Length >= 23:
                return known with
                {
                    CodecId = CodecIds.Hevc, CodecName = "hevc", ExtraData = box.ToArray(),
                    TemporalLayers = (box[21] >> 3) & 7,
                };
            case "vp09":
                return known with { CodecId = CodecIds.Vp9, CodecName = "vp9" };
            case "av01" when Mp4Box.TryFind(children, "av1C"u8, out box):
                return known with { CodecId = CodecIds.Av1, CodecName = "av1", ExtraData = box.ToArray() };
            case "jpeg":
                return known with { CodecId = CodecIds.Mjpeg, CodecName = "mjpeg" };
            default:
                return known;
        }
    }

    /// <summary>The colours of a colr box: primaries, transfer, matrix and, in mp4's kind, the range. ISO/IEC 14496-12, 12.1.5.</summary>
    private static StreamColor ReadColor(ReadOnlySpan<byte> children)
    {
        if (!Mp4Box.TryFind(children, "colr"u8, out ReadOnlySpan<byte> box) || box.Length < 10)
        {
            return default;
        }

        int matrix = BinaryPrimitives.ReadUInt16BigEndian(box[8..]);
        if (box[..4].SequenceEqual("nclx"u8) && box.Length >= 11)
        {
            return new StreamColor((box[10] & 0x80) != 0 ? (int)ColorRange.Full : (int)ColorRange.Limited, matrix, 0);
        }

        return box[..4].SequenceEqual("nclc"u8) ? new StreamColor(0, matrix, 0) : default;
    }
}
