using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>The description of a track's samples (an entry of stsd): codec, picture size and decoder parameters.</summary>
internal readonly record struct Mp4SampleEntry(
    string Format, int CodecId, string CodecName, uint Tag, int Width, int Height, byte[] ExtraData, int NalLengthBytes, int TemporalLayers)
{
    private const int VisualHeaderBytes = 78;

    /// <summary>Reads the contents of a visual sample entry. CodecId is <see cref="CodecIds.None"/>
    /// where the indexed road does not know it.</summary>
    public static Mp4SampleEntry Parse(uint type, ReadOnlySpan<byte> content)
    {
        Span<byte> letters = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(letters, type);
        string format = Encoding.Latin1.GetString(letters);
        Mp4SampleEntry unknown = new(format, CodecIds.None, string.Empty, 0, 0, 0, [], 0, 0);
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
        ReadOnlySpan<byte> box;
        switch (format)
        {
            case "avc1" or "avc3" when Mp4Box.TryFind(children, "avcC"u8, out box) && box.Length >= 7:
                return known with
                {
                    CodecId = CodecIds.H264, CodecName = "h264", ExtraData = box.ToArray(), NalLengthBytes = (box[4] & 3) + 1,
                };
            case "hvc1" or "hev1" when Mp4Box.TryFind(children, "hvcC"u8, out box) && box.Length >= 23:
                return known with
                {
                    CodecId = CodecIds.Hevc, CodecName = "hevc", ExtraData = box.ToArray(), NalLengthBytes = (box[21] & 3) + 1,
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
}
