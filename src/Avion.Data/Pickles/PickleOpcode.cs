namespace Avion.Data;

/// <summary>Opcodes of Python's pickle protocols 0 to 5 (module pickletools of the standard library).</summary>
internal static class PickleOpcode
{
    public const byte
        Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', PopMark = (byte)'1', Dup = (byte)'2',
        Float = (byte)'F', BinFloat = (byte)'G', Int = (byte)'I', BinInt = (byte)'J', BinInt1 = (byte)'K', BinInt2 = (byte)'M',
        Long = (byte)'L', Long1 = 0x8A, Long4 = 0x8B, None = (byte)'N', NewTrue = 0x88, NewFalse = 0x89,
        String = (byte)'S', BinString = (byte)'T', ShortBinString = (byte)'U',
        Unicode = (byte)'V', BinUnicode = (byte)'X', ShortBinUnicode = 0x8C, BinUnicode8 = 0x8D,
        BinBytes = (byte)'B', ShortBinBytes = (byte)'C', BinBytes8 = 0x8E, ByteArray8 = 0x96,
        EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e', List = (byte)'l',
        EmptyTuple = (byte)')', Tuple = (byte)'t', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87,
        EmptyDict = (byte)'}', Dict = (byte)'d', SetItem = (byte)'s', SetItems = (byte)'u',
        Put = (byte)'p', BinPut = (byte)'q', LongBinPut = (byte)'r', Memoize = 0x94,
        Get = (byte)'g', BinGet = (byte)'h', LongBinGet = (byte)'j',
        Global = (byte)'c', StackGlobal = 0x93, Reduce = (byte)'R', Build = (byte)'b',
        Protocol = 0x80, Frame = 0x95;

    /// <summary>The highest protocol that is understood.</summary>
    public const int HighestProtocol = 5;

    /// <summary>Names opcodes that would make or call objects, and those that refer outside the file.</summary>
    public static string NameOf(byte opcode) => opcode switch
    {
        (byte)'i' => "INST",
        (byte)'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        (byte)'P' => "PERSID",
        (byte)'Q' => "BINPERSID",
        0x82 or 0x83 or 0x84 => "EXT",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        0x8F => "EMPTY_SET",
        0x90 => "ADDITEMS",
        0x91 => "FROZENSET",
        _ => $"0x{opcode:X2}",
    };
}
