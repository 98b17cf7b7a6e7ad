namespace Avion.Models;

/// <summary>Where the members of a zip file lie, for stored as PyTorch stores all, or compressed by a program
/// that packed the file again.</summary>
/// <remarks>
/// The library's own reader gives streams; what is needed here are places in a mapped file. Everything is checked against the
/// file's length. Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.
/// </remarks>
internal sealed class ZipDirectory
{
    private const int EndBytes = 22, MaximumCommentBytes = 65535, Zip64LocatorBytes = 20, Zip64EndBytes = 56, CentralBytes = 46,
        LocalBytes = 30;
    private const uint EndSignature = 0x06054B50, Zip64LocatorSignature = 0x07064B50, Zip64EndSignature = 0x06064B50;
    private const uint CentralSignature = 0x02014B50, LocalSignature = 0x04034B50;
    private const uint Elsewhere32 = uint.MaxValue;

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipMember> _members = new(StringComparer.Ordinal);

    /// <summary>Reads the directory at the end of the file.</summary>
    /// <exception cref="FileFaultException">The file is damaged.</exception>
    public ZipDirectory(MappedFile file)
    {
        _file = file;
        (long offset, long count) = FindDirectory();
        ReadDirectory(offset, count);
    }

    public IEnumerable<string> Names => _members.Keys;

    public bool TryFind(string name, out ZipMember member) => _members.TryGetValue(name, out member);

    private (long Offset, long Count) FindDirectory()
    {
        int tailLength = (int)Math.Min(_file.Length, EndBytes + MaximumCommentBytes);
        ReadOnlySpan<byte> tail = Bytes(_file.Length - tailLength, tailLength);
        for (int i = tailLength - EndBytes; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[i..]) != EndSignature)
            {
                continue;
            }

            long count = BinaryPrimitives.ReadUInt16LittleEndian(tail[(i + 10)..]);
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(tail[(i + 16)..]);
            return count == ushort.MaxValue || offset == Elsewhere32
                ? FindZip64Directory(_file.Length - tailLength + i)
                : (offset, count);
        }

        throw new FileFaultException("its zip directory is missing; the file is truncated");
    }

    private (long Offset, long Count) FindZip64Directory(long endOffset)
    {
        ReadOnlySpan<byte> locator = Bytes(endOffset - Zip64LocatorBytes, Zip64LocatorBytes);
        Expect(locator, Zip64LocatorSignature);
        ReadOnlySpan<byte> end = Bytes(BinaryPrimitives.ReadInt64LittleEndian(locator[8..]), Zip64EndBytes);
        Expect(end, Zip64EndSignature);
        return (BinaryPrimitives.ReadInt64LittleEndian(end[48..]), BinaryPrimitives.ReadInt64LittleEndian(end[32..]));
    }

    private void ReadDirectory(long offset, long count)
    {
        ReadingBudget budget = new();
        for (long i = 0; i < count; i++)
        {
            budget.TakeItems();
            ReadOnlySpan<byte> header = Bytes(offset, CentralBytes);
            Expect(header, CentralSignature);
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
            int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
            string name = Encoding.UTF8.GetString(Bytes(offset + CentralBytes, nameLength));
            ZipMember member = new(
                BinaryPrimitives.ReadUInt32LittleEndian(header[42..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[20..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[24..]),
                Method: BinaryPrimitives.ReadUInt16LittleEndian(header[10..]));
            member = WithZip64Sizes(member, Bytes(offset + CentralBytes + nameLength, extraLength));
            if (!_members.TryAdd(name, member))
            {
                throw new FileFaultException($"its zip directory lists '{name}' twice");
            }

            offset += CentralBytes + nameLength + extraLength + commentLength;
        }
    }

    /// <summary>Where a member's bytes begin, which only its local header tells.</summary>
    public long DataOffset(string name)
    {
        if (!TryFind(name, out ZipMember member))
        {
            throw new FileFaultException($"it has no member '{name}'");
        }

        if (member.IsStored ? member.StoredBytes != member.Bytes : !member.IsDeflated)
        {
            throw new FileFaultException($"its member '{name}' is stored by method {member.Method}, expected 0 (as it is) or 8 (deflate)");
        }

        ReadOnlySpan<byte> local = Bytes(member.HeaderOffset, LocalBytes);
        Expect(local, LocalSignature);
        long offset = member.HeaderOffset + LocalBytes + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        return member.StoredBytes >= 0 && member.Bytes >= 0 && offset <= _file.Length - member.StoredBytes
            ? offset
            : throw new FileFaultException($"its member '{name}' reaches beyond the end of the file");
    }

    // Fields that do not fit 32 bits stand, in a fixed order, in an extra field of their own.
    private static ZipMember WithZip64Sizes(ZipMember member, ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                break;
            }

            if (id == 1)
            {
                ReadOnlySpan<byte> fields = extra.Slice(4, length);
                return member with
                {
                    Bytes = member.Bytes == Elsewhere32 ? Take(ref fields) : member.Bytes,
                    StoredBytes = member.StoredBytes == Elsewhere32 ? Take(ref fields) : member.StoredBytes,
                    HeaderOffset = member.HeaderOffset == Elsewhere32 ? Take(ref fields) : member.HeaderOffset,
                };
            }

            extra = extra[(4 + length)..];
        }

        return member;
    }

    private static long Take(ref ReadOnlySpan<byte> fields)
    {
        if (fields.Length < sizeof(long))
        {
            throw new FileFaultException("its zip directory is damaged");
        }

        long value = BinaryPrimitives.ReadInt64LittleEndian(fields);
        fields = fields[sizeof(long)..];
        return value;
    }

    private ReadOnlySpan<byte> Bytes(long offset, int count) => offset >= 0 && offset <= _file.Length - count
        ? _file.Slice(offset, count)
        : throw new FileFaultException("its zip directory points outside of the file; the file is truncated or damaged");

    private static void Expect(ReadOnlySpan<byte> bytes, uint signature)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != signature)
        {
            throw new FileFaultException("its zip directory is damaged");
        }
    }
}

/// <summary>One member of a zip file.</summary>
internal readonly record struct ZipMember(long HeaderOffset, long StoredBytes, long Bytes, int Method)
{
    private const int Deflated = 8;

    public bool IsStored => Method == 0;

    public bool IsDeflated => Method == Deflated;
}
