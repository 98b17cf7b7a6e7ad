using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>An ordinary file in a tar archive.</summary>
/// <param name="Name">Its name, with forward slashes and without <c>./</c> before it.</param>
/// <param name="Offset">First byte of its contents in the archive.</param>
/// <param name="Length">Bytes of its contents, all of which are in the archive.</param>
public readonly record struct TarMember(string Name, long Offset, long Length);

/// <summary>
/// The ordinary files of a tar archive (ustar, GNU, pax), read from its headers alone: 512 bytes a member, whatever the headers claim.
/// Members that cannot be read in place or lead out of the folder are named and left out; at a damaged header the list ends, because
/// nothing tells where the next one lies.
/// </summary>
public sealed class TarListing
{
    private const int BlockBytes = 512;
    private const int MaximumExtendedBytes = 1 << 20;
    private const int MaximumProblems = 1000;

    private readonly List<TarMember> _members = [];
    private readonly List<string> _problems = [];
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly Predicate<string> _isWanted;
    private (string? Text, bool IsGiven) _longName;
    private long? _longSize;
    private bool _isSparse;

    private TarListing(SafeFileHandle file, Predicate<string> isWanted)
    {
        _file = file;
        _length = RandomAccess.GetLength(file);
        _isWanted = isWanted;
    }

    /// <summary>The files, in the order of the archive.</summary>
    public IReadOnlyList<TarMember> Members => _members;

    /// <summary>What is wrong, in sentences without a full stop; empty for a sound archive.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Reads the headers.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="isWanted">Which names are listed.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static TarListing Read(string path, Predicate<string> isWanted, CancellationToken cancellation = default)
    {
        using SafeFileHandle file = RegularFile.Open(path);
        TarListing listing = new(file, isWanted);
        try
        {
            listing.ReadHeaders(cancellation);
        }
        catch (InvalidDataException damage)
        {
            listing._problems.Add(damage.Message);
        }

        return listing;
    }

    private void ReadHeaders(CancellationToken cancellation)
    {
        Span<byte> header = stackalloc byte[BlockBytes];
        for (long position = 0; position < _length;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (RandomAccess.Read(_file, header, position) != BlockBytes)
            {
                throw new InvalidDataException($"it ends in the middle of the header at byte {position}");
            }

            if (!header.ContainsAnyExcept((byte)0))
            {
                return;
            }

            CheckSum(header, position);
            position = ReadMember(header, position);
        }

        throw new InvalidDataException(_length == 0 ? "it is empty" : "it lacks the end of an archive: it was cut short, "
            + "or is still being written");
    }

    /// <summary>Reads the member of a header and returns where the next header lies.</summary>
    private long ReadMember(ReadOnlySpan<byte> header, long position)
    {
        byte type = header[156];
        long size = Number(header.Slice(124, 12), position);
        long start = position + BlockBytes;
        switch ((char)type)
        {
            case 'x' or 'L':
                byte[] text = ReadExtension(size, start);
                if (type == 'x')
                {
                    ReadRecords(text, position);
                }
                else
                {
                    _longName = (Text(text), true);
                }

                return Next(start, size);
            case 'g' or 'K' or 'V':
                return Next(start, size);
            case >= '1' and <= '6':
                Forget();
                return start;
        }

        size = _longSize ?? size;
        string? name = _longName.IsGiven ? _longName.Text : NameOf(header);
        bool isSparse = _isSparse || type == 'S';
        Forget();
        if (type == 'S')
        {
            start = SkipSparseMap(header, start);
        }

        long next = Next(start, size);
        bool isFile = type is (byte)'0' or 0 or (byte)'7' or (byte)'S' && name?.EndsWith('/') != true;
        if (isFile)
        {
            Add(name, start, size, isSparse, position);
        }

        return next;
    }

    private void Add(string? name, long start, long size, bool isSparse, long position)
    {
        name = name?.StartsWith("./", StringComparison.Ordinal) == true ? name[2..] : name;
        if (name is null)
        {
            Complain($"the name of the member at byte {position} is not UTF-8");
        }
        else if (!_isWanted(name))
        {
            return;
        }
        else if (!FolderScope.IsInside(name))
        {
            Complain($"the member '{name}' leads out of the folder");
        }
        else if (isSparse)
        {
            Complain($"the member '{name}' is stored with holes (sparse), so that it cannot be read in place; pack it without --sparse");
        }
        else
        {
            _members.Add(new TarMember(name, start, size));
        }
    }

    private void Complain(string problem)
    {
        _problems.Add(problem);
        if (_problems.Count >= MaximumProblems)
        {
            throw new InvalidDataException($"more than {MaximumProblems} of its members are bad");
        }
    }

    private void Forget() => (_longName, _longSize, _isSparse) = (default, null, false);

    /// <summary>Where the header after some contents lies; the contents must be in the archive.</summary>
    private long Next(long start, long size)
    {
        if (size < 0 || size > _length - start)
        {
            throw new InvalidDataException(
                $"its header at byte {start - BlockBytes} declares {size} bytes, and {Math.Max(0, _length - start)} follow: "
                + "it is damaged or was cut short");
        }

        return start + ((size + BlockBytes - 1) / BlockBytes * BlockBytes);
    }

    private byte[] ReadExtension(long size, long start)
    {
        Next(start, size);
        if (size > MaximumExtendedBytes)
        {
            throw new InvalidDataException(
                $"its extended header at byte {start - BlockBytes} declares {size} bytes, expected at most {MaximumExtendedBytes}");
        }

        byte[] text = new byte[size];
        return RandomAccess.Read(_file, text, start) == size
            ? text
            : throw new InvalidDataException($"it ends in the extended header at byte {start - BlockBytes}");
    }

    /// <summary>Reads pax records, <c>LENGTH KEY=VALUE\n</c>, of which a name, a size and the marks of holes matter here.</summary>
    private void ReadRecords(ReadOnlySpan<byte> records, long position)
    {
        while (!records.IsEmpty && records[0] != 0)
        {
            int space = records.IndexOf((byte)' ');
            _ = int.TryParse(
                records[..Math.Max(0, space)], NumberStyles.None, CultureInfo.InvariantCulture, out int length);
            bool isWhole = space > 0 && length > space + 1 && length <= records.Length && records[length - 1] == (byte)'\n';
            int equals = isWhole ? records[..length].IndexOf((byte)'=') : -1;
            if (equals <= space)
            {
                throw new InvalidDataException($"its extended header at byte {position} is damaged");
            }

            ReadOnlySpan<byte> key = records[(space + 1)..equals];
            ReadOnlySpan<byte> value = records[(equals + 1)..(length - 1)];
            if (key.SequenceEqual("path"u8))
            {
                _longName = (Text(value), true);
            }
            else if (key.SequenceEqual("size"u8))
            {
                _longSize = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                    ? size
                    : throw new InvalidDataException($"its extended header at byte {position} declares no number of bytes");
            }

            _isSparse |= key.StartsWith("GNU.sparse."u8);
            records = records[length..];
        }
    }

    /// <summary>Old GNU archives put further blocks of the map of holes between header and contents.</summary>
    private long SkipSparseMap(ReadOnlySpan<byte> header, long start)
    {
        const int headerContinues = 482;
        const int blockContinues = 504;
        bool continues = header[headerContinues] != 0;
        Span<byte> flag = stackalloc byte[1];
        for (; continues; start += BlockBytes)
        {
            continues = RandomAccess.Read(_file, flag, start + blockContinues) == 1
                ? flag[0] != 0
                : throw new InvalidDataException($"it ends in the map of holes at byte {start}");
        }

        return start;
    }

    private static string? NameOf(ReadOnlySpan<byte> header)
    {
        string? name = Text(header[..100]);
        // GNU's archives have "ustar" and spaces, and other things in the place of the prefix.
        string? prefix = header.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(header.Slice(345, 155)) : string.Empty;
        return name is null || prefix is null ? null : prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    /// <summary>UTF-8 up to the first zero; null where it is none.</summary>
    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        bytes = end < 0 ? bytes : bytes[..end];
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }

    private static void CheckSum(ReadOnlySpan<byte> header, long position)
    {
        long declared = Number(header.Slice(148, 8), position);
        long unsigned = 0;
        long signed = 0;
        for (int index = 0; index < header.Length; index++)
        {
            byte value = index is >= 148 and < 156 ? (byte)' ' : header[index];
            unsigned += value;
            signed += (sbyte)value;
        }

        // Some old programs added signed bytes.
        if (declared != unsigned && declared != signed)
        {
            throw new InvalidDataException(
                position == 0 ? "it is no tar file, or its start is damaged" : $"its header at byte {position} is damaged");
        }
    }

    /// <summary>A number in octal digits, or, where the first bit is set, as big-endian bytes (GNU's base 256).</summary>
    private static long Number(ReadOnlySpan<byte> field, long position)
    {
        if ((field[0] & 0x80) != 0)
        {
            int zeros = field.Length - sizeof(long);
            bool fits = (field[0] & 0x7F) == 0 && !field[1..Math.Max(1, zeros)].ContainsAnyExcept((byte)0);
            long value = zeros > 0
                ? BinaryPrimitives.ReadInt64BigEndian(field[zeros..])
                : BinaryPrimitives.ReadInt64BigEndian(field) & long.MaxValue;
            return fits && value >= 0 ? value : throw new InvalidDataException($"its header at byte {position} declares an impossible "
                + "number");
        }

        long number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            number = digit is >= (byte)'0' and <= (byte)'7'
                ? (number * 8) + (digit - '0')
                : throw new InvalidDataException($"its header at byte {position} is damaged: it holds letters where a number is expected");
        }

        return number;
    }
}
