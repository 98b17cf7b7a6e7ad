using System.Runtime.CompilerServices;

namespace Avion.Files;

/// <summary>Which memo entries of a pickle are fetched again: a bit for each. Python remembers nearly every value,
/// and fetches few.</summary>
internal sealed class PickleReferences(PickleWindow window, long fileBytes)
{
    /// <summary>Bytes that no text of such a pickle reaches.</summary>
    public const int LongestText = 1 << 20;

    private static readonly byte[] s_lengths = ArgumentLengths();

    private ulong[] _wanted = [];
    private int _at, _keep;

    /// <summary>Whether an entry is fetched again.</summary>
    public bool Contains(uint index) => index >> 6 < _wanted.Length && (_wanted[index >> 6] & (1UL << (int)(index & 63))) != 0;

    /// <summary>Walks over all opcodes; false at one that is not known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryFind()
    {
        const byte Counted = 16;
        while (true)
        {
            _keep = _at;
            if (window.Count - _at < PickleWindow.Slack)
            {
                window.Ensure(PickleWindow.Slack, ref _at, ref _keep);
            }

            if (_at >= window.Count)
            {
                return false;
            }

            ReadOnlySpan<byte> argument = window.Bytes.AsSpan(_at + 1);
            PickleOpcode opcode = (PickleOpcode)window.Bytes[_at];
            switch (s_lengths[(byte)opcode])
            {
                case Counted + 1 when SkipText(2, argument[0]):
                case Counted + 4 when SkipText(5, BinaryPrimitives.ReadUInt32LittleEndian(argument)):
                    break;
                case > Counted:
                    return false;
                case byte fixedLength:
                    if (opcode is PickleOpcode.BinGet or PickleOpcode.LongBinGet
                        && !Want(opcode == PickleOpcode.BinGet ? argument[0] : BinaryPrimitives.ReadUInt32LittleEndian(argument)))
                    {
                        return false;
                    }

                    if (opcode == PickleOpcode.Stop)
                    {
                        return true;
                    }

                    _at += 1 + fixedLength;
                    break;
            }
        }
    }

    private bool SkipText(int header, uint length)
    {
        _at += header;
        _keep = _at;
        if (length >= LongestText || (window.Count - _at < length && !window.Ensure((int)length, ref _at, ref _keep)))
        {
            return false;
        }

        _at += (int)length;
        return true;
    }

    private bool Want(uint index)
    {
        if (index > fileBytes)
        {
            return false;
        }

        if (index >> 6 >= _wanted.Length)
        {
            Array.Resize(ref _wanted, Math.Max((int)(index >> 6) + 1, 2 * _wanted.Length));
        }

        _wanted[index >> 6] |= 1UL << (int)(index & 63);
        return true;
    }

    /// <summary>Bytes after each opcode that is known; 16 more where they are the length of what follows.</summary>
    private static byte[] ArgumentLengths()
    {
        byte[] lengths = new byte[256];
        Array.Fill(lengths, byte.MaxValue);
        foreach (PickleOpcode opcode in (ReadOnlySpan<PickleOpcode>)
            [
                PickleOpcode.Mark, PickleOpcode.Stop, PickleOpcode.None, PickleOpcode.NewTrue, PickleOpcode.NewFalse,
                PickleOpcode.EmptyList, PickleOpcode.Append, PickleOpcode.Appends, PickleOpcode.Tuple, PickleOpcode.Tuple1,
                PickleOpcode.Tuple2, PickleOpcode.Tuple3, PickleOpcode.Memoize, PickleOpcode.Protocol, PickleOpcode.Frame,
                PickleOpcode.BinFloat, PickleOpcode.BinInt, PickleOpcode.BinInt1, PickleOpcode.BinInt2, PickleOpcode.BinPut,
                PickleOpcode.LongBinPut, PickleOpcode.BinGet, PickleOpcode.LongBinGet, PickleOpcode.BinUnicode,
                PickleOpcode.ShortBinUnicode,
            ])
        {
            PickleArgument argument = PickleArgument.Of(opcode)!.Value;
            lengths[(byte)opcode] = (byte)(argument.LengthBytes > 0 ? 16 + argument.LengthBytes : argument.Bytes);
        }

        return lengths;
    }
}
