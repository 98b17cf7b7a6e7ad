namespace Avion.Data;

internal sealed partial class PickleReader
{
    /// <summary>Walks over all opcodes without making values and collects which memo entries are fetched again.</summary>
    /// <remarks>Python memoizes nearly every value it writes, and fetches few: remembering all of a corpus would hold it in
    /// memory.</remarks>
    private HashSet<long> FindReferences()
    {
        HashSet<long> wanted = [];
        for (byte opcode; (opcode = _file.ReadByte()) != PickleOpcode.Stop;)
        {
            switch (opcode)
            {
                case PickleOpcode.Get:
                    wanted.Add(long.TryParse(_file.ReadLine(), out long index) ? index : throw _file.Error("a reference is no number."));
                    break;
                case PickleOpcode.BinGet:
                    wanted.Add((long)_file.ReadUnsigned(1));
                    break;
                case PickleOpcode.LongBinGet:
                    wanted.Add((long)_file.ReadUnsigned(4));
                    break;
                default:
                    SkipArgument(opcode);
                    break;
            }
        }

        return wanted;
    }

    private void SkipArgument(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol or PickleOpcode.BinInt1 or PickleOpcode.BinPut:
                _file.Skip(1);
                break;
            case PickleOpcode.BinInt2:
                _file.Skip(2);
                break;
            case PickleOpcode.BinInt or PickleOpcode.LongBinPut:
                _file.Skip(4);
                break;
            case PickleOpcode.BinFloat or PickleOpcode.Frame:
                _file.Skip(8);
                break;
            case PickleOpcode.Int or PickleOpcode.Long or PickleOpcode.Float or PickleOpcode.String or PickleOpcode.Unicode
                or PickleOpcode.Put:
                _file.ReadLine();
                break;
            case PickleOpcode.Global:
                _file.ReadLine();
                _file.ReadLine();
                break;
            case PickleOpcode.Long1 or PickleOpcode.ShortBinString or PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinBytes:
                _file.Skip(_file.ReadLength(1));
                break;
            case PickleOpcode.Long4 or PickleOpcode.BinString or PickleOpcode.BinUnicode or PickleOpcode.BinBytes:
                _file.Skip(_file.ReadLength(4));
                break;
            case PickleOpcode.BinUnicode8 or PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                _file.Skip(_file.ReadLength(8));
                break;
            case PickleOpcode.Mark or PickleOpcode.Pop or PickleOpcode.PopMark or PickleOpcode.Dup
                or PickleOpcode.None or PickleOpcode.NewTrue or PickleOpcode.NewFalse
                or PickleOpcode.EmptyList or PickleOpcode.Append or PickleOpcode.Appends or PickleOpcode.List
                or PickleOpcode.EmptyTuple or PickleOpcode.Tuple or PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3
                or PickleOpcode.EmptyDict or PickleOpcode.Dict or PickleOpcode.SetItem or PickleOpcode.SetItems or PickleOpcode.Memoize
                or PickleOpcode.StackGlobal or PickleOpcode.Reduce or PickleOpcode.Build:
                break;
            default:
                throw _file.Error($"it has the opcode {PickleOpcode.NameOf(opcode)}, expected plain data. Objects of Python classes "
                    + "are not read.");
        }
    }
}
