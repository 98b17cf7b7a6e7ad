using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>One box (atom) of an mp4 or mov file: a length, a four-letter type and contents. ISO/IEC 14496-12, 4.2.</summary>
internal readonly ref struct Mp4Box
{
    private Mp4Box(uint type, ReadOnlySpan<byte> content)
    {
        Type = type;
        Content = content;
    }

    public uint Type { get; }

    public ReadOnlySpan<byte> Content { get; }

    /// <summary>The number that four letters make.</summary>
    public static uint TypeOf(ReadOnlySpan<byte> letters) => BinaryPrimitives.ReadUInt32BigEndian(letters);

    /// <summary>The boxes that lie one after another in some bytes. Ends quietly before a box that does not fit.</summary>
    public static Enumerator Children(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Contents of the first child of a type; false if there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> letters, out ReadOnlySpan<byte> content)
    {
        uint wanted = TypeOf(letters);
        Enumerator children = Children(bytes);
        while (children.MoveNext())
        {
            if (children.Current.Type == wanted)
            {
                content = children.Current.Content;
                return true;
            }
        }

        content = default;
        return false;
    }

    public ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;
        private ReadOnlySpan<byte> _content;
        private uint _type;

        public readonly Mp4Box Current => new(_type, _content);

        public bool MoveNext()
        {
            if (_rest.Length < 8)
            {
                return false;
            }

            ulong size = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            _type = BinaryPrimitives.ReadUInt32BigEndian(_rest[4..]);
            int header = 8;
            if (size == 1 && _rest.Length >= 16)
            {
                size = BinaryPrimitives.ReadUInt64BigEndian(_rest[8..]);
                header = 16;
            }
            else if (size == 0)
            {
                size = (ulong)_rest.Length;
            }

            if (size < (ulong)header || size > (ulong)_rest.Length)
            {
                return false;
            }

            _content = _rest[header..(int)size];
            _rest = _rest[(int)size..];
            return true;
        }
    }
}
