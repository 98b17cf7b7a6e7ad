using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Reads what <see cref="CacheWriter"/> wrote; believes no count that the file cannot hold.</summary>
internal sealed class CacheReader(Stream stream)
{
    private const int LongestText = 1 << 20;

    private uint _checksum = uint.MaxValue;

    /// <summary>Bytes of the file that are not read yet.</summary>
    public long Remaining => stream.Length - stream.Position;

    public long ReadInt64()
    {
        long value = 0;
        Read(MemoryMarshal.AsBytes(new Span<long>(ref value)));
        return value;
    }

    /// <summary>A number from 0 to <paramref name="most"/>.</summary>
    public int ReadCount(long most)
    {
        long count = ReadInt64();
        Expect(count >= 0 && count <= Math.Min(most, int.MaxValue));
        return (int)count;
    }

    public string ReadText()
    {
        byte[] utf8 = new byte[ReadCount(Math.Min(LongestText, Remaining))];
        Read(utf8);
        return Encoding.UTF8.GetString(utf8);
    }

    public void Read<T>(Column<T> column)
        where T : unmanaged => column.Read(ReadCount(Remaining / Marshal.SizeOf<T>()), Read);

    public void Read(Span<byte> bytes)
    {
        stream.ReadExactly(bytes);
        _checksum = CacheChecksum.Add(_checksum, bytes);
    }

    /// <summary>Fails unless the part that was read is the part that was written.</summary>
    public void CheckChecksum()
    {
        uint written = 0;
        stream.ReadExactly(MemoryMarshal.AsBytes(new Span<uint>(ref written)));
        Expect(written == _checksum);
    }

    /// <summary>Fails where something does not hold of a sound file.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    public void Expect(bool holds)
    {
        if (!holds)
        {
            throw new InvalidDataException("it is damaged");
        }
    }
}
