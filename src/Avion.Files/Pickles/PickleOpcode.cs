namespace Avion.Files;

/// <summary>Opcodes of Python's pickle protocols 0 to 5 (module pickletools of the standard library).</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', PopMark = (byte)'1', Dup = (byte)'2',
    Float = (byte)'F', BinFloat = (byte)'G', Int = (byte)'I', BinInt = (byte)'J', BinInt1 = (byte)'K', BinInt2 = (byte)'M',
    Long = (byte)'L', Long1 = 0x8A, Long4 = 0x8B, None = (byte)'N', NewTrue = 0x88, NewFalse = 0x89,
    String = (byte)'S', BinString = (byte)'T', ShortBinString = (byte)'U',
    Unicode = (byte)'V', BinUnicode = (byte)'X', ShortBinUnicode = 0x8C, BinUnicode8 = 0x8D,
    BinBytes = (byte)'B', ShortBinBytes = (byte)'C', BinBytes8 = 0x8E, ByteArray8 = 0x96,
    EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e', List = (byte)'l',
    EmptyTuple = (byte)')', Tuple = (byte)'t', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87,
    EmptyDict = (byte)'}', Dict = (byte)'d', SetItem = (byte)'s', SetItems = (byte)'u',
    EmptySet = 0x8F, AddItems = 0x90, FrozenSet = 0x91,
    Put = (byte)'p', BinPut = (byte)'q', LongBinPut = (byte)'r', Memoize = 0x94,
    Get = (byte)'g', BinGet = (byte)'h', LongBinGet = (byte)'j',
    Global = (byte)'c', StackGlobal = 0x93, Reduce = (byte)'R', Build = (byte)'b',
    Inst = (byte)'i', Obj = (byte)'o', NewObj = 0x81, NewObjEx = 0x92,
    PersId = (byte)'P', BinPersId = (byte)'Q', Protocol = 0x80, Frame = 0x95,
}

/// <summary>What follows an opcode in the file: so many bytes, so many lines, and text or bytes after a length of so many bytes.</summary>
internal readonly record struct PickleArgument(byte Bytes, byte Lines = 0, byte LengthBytes = 0)
{
    private static readonly PickleArgument?[] s_table = [.. Enumerable.Range(0, 256).Select(opcode => Find((PickleOpcode)opcode))];

    /// <summary>The argument of an opcode; null for what is no opcode, or one that refers to another file.</summary>
    public static PickleArgument? Of(PickleOpcode opcode) => s_table[(byte)opcode];

    private static PickleArgument? Find(PickleOpcode opcode) => opcode switch
    {
        PickleOpcode.Protocol or PickleOpcode.BinInt1 or PickleOpcode.BinPut or PickleOpcode.BinGet => new(1),
        PickleOpcode.BinInt2 => new(2),
        PickleOpcode.BinInt or PickleOpcode.LongBinPut or PickleOpcode.LongBinGet => new(4),
        PickleOpcode.BinFloat or PickleOpcode.Frame => new(8),
        PickleOpcode.Int or PickleOpcode.Long or PickleOpcode.Float or PickleOpcode.String or PickleOpcode.Unicode or PickleOpcode.Put
            or PickleOpcode.Get or PickleOpcode.PersId => new(0, Lines: 1),
        PickleOpcode.Global or PickleOpcode.Inst => new(0, Lines: 2),
        PickleOpcode.Long1 or PickleOpcode.ShortBinString or PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinBytes =>
            new(0, LengthBytes: 1),
        PickleOpcode.Long4 or PickleOpcode.BinString or PickleOpcode.BinUnicode or PickleOpcode.BinBytes => new(0, LengthBytes: 4),
        PickleOpcode.BinUnicode8 or PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8 => new(0, LengthBytes: 8),
        PickleOpcode.Mark or PickleOpcode.Stop or PickleOpcode.Pop or PickleOpcode.PopMark or PickleOpcode.Dup or PickleOpcode.None
            or PickleOpcode.NewTrue or PickleOpcode.NewFalse or PickleOpcode.EmptyList or PickleOpcode.Append or PickleOpcode.Appends
            or PickleOpcode.List or PickleOpcode.EmptyTuple or PickleOpcode.Tuple or PickleOpcode.Tuple1 or PickleOpcode.Tuple2
            or PickleOpcode.Tuple3 or PickleOpcode.EmptyDict or PickleOpcode.Dict or PickleOpcode.SetItem or PickleOpcode.SetItems
            or PickleOpcode.EmptySet or PickleOpcode.AddItems or PickleOpcode.FrozenSet or PickleOpcode.Memoize
            or PickleOpcode.StackGlobal or PickleOpcode.Reduce or PickleOpcode.Build or PickleOpcode.Obj or PickleOpcode.NewObj
            or PickleOpcode.NewObjEx or PickleOpcode.BinPersId => new(0),
        _ => null,
    };
}
