using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Operations on memory that no other thread's interrupt.</summary>
internal static class Atomics
{
    public static Operation Build(Decoder decoder)
    {
        decoder.Allow("global", "shared", "relaxed", "gpu", "cta", "sys", "add", "min", "max", "exch", "cas", "and", "or", "xor", "inc");
        bool gives = decoder.Source.Opcode == "atom";
        string[] words = decoder.Source.Modifiers;
        string function = words.FirstOrDefault(word => word is "add" or "min" or "max" or "exch" or "cas" or "and" or "or" or "xor" or "inc")
            ?? throw decoder.Unknown("names no function");
        int first = gives ? 1 : 0, operandCount = function == "cas" ? 2 : 1;
        decoder.Expect(first + 1 + operandCount);
        PtxType type = decoder.Type();
        if (type.Bytes < 4)
        {
            throw decoder.Unknown($"atomic operations on {type} are not known");
        }

        MemorySpace space = MemoryOperations.Space(decoder, type.Bytes);
        (int, bool, long) address = decoder.Address(first);
        int a = decoder.Read(first + 1, type), b = operandCount == 2 ? decoder.Read(first + 2, type) : a;
        return new AtomicOperation(space, address, type, function, gives ? decoder.Write(0, type) : -1, a, b);
    }
}

/// <summary>Changes memory lane after lane.</summary>
internal sealed unsafe class AtomicOperation(MemorySpace space, (int Place, bool IsWide, long Offset) address, PtxType type, string function, int d,
    int a, int b) : MemoryOperation(space, address, type.Bytes)
{
    public override void Execute(Warp warp)
    {
        Count(warp);
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* place = Locate(warp, lane, Address(warp, lane), writes: true, changes: true);
            long old = MemoryValue.Read(place, type), x = Lanes.Read(warp.Registers + a, lane, type), y = Lanes.Read(warp.Registers + b, lane, type);
            MemoryValue.Write(place, type, Apply(old, x, y));
            if (d >= 0)
            {
                Lanes.Write(warp.Registers + d, lane, type, old);
            }
        }
    }

    private long Apply(long old, long x, long y) => function switch
    {
        "add" when type is { Kind: "f", Bits: 32 } =>
            BitConverter.SingleToInt32Bits(BitConverter.Int32BitsToSingle((int)old) + BitConverter.Int32BitsToSingle((int)x)),
        "add" when type.Kind == "f" => BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(old) + BitConverter.Int64BitsToDouble(x)),
        "add" => old + x,
        "min" => type.IsSigned ? Math.Min(old, x) : (long)Math.Min((ulong)old, (ulong)x),
        "max" => type.IsSigned ? Math.Max(old, x) : (long)Math.Max((ulong)old, (ulong)x),
        "exch" => x,
        "cas" => old == x ? y : old,
        "and" => old & x,
        "or" => old | x,
        "xor" => old ^ x,
        _ => (ulong)old >= (ulong)x ? 0 : old + 1,
    };
}
