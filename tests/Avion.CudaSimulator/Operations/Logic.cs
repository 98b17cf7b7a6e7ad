using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Bits, shifts, and predicates.</summary>
internal static class Logic
{
    public static Operation And(Decoder decoder) => Binary<BitAnd<uint>, BitAnd<ulong>>(decoder, PredicateFunction.And, (a, b, _) => a & b);

    public static Operation Or(Decoder decoder) => Binary<BitOr<uint>, BitOr<ulong>>(decoder, PredicateFunction.Or, (a, b, _) => a | b);

    public static Operation Xor(Decoder decoder) => Binary<BitXor<uint>, BitXor<ulong>>(decoder, PredicateFunction.Xor, (a, b, _) => a ^ b);

    public static Operation Not(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(2);
        PtxType type = decoder.Type();
        if (type.IsPredicate)
        {
            int p = decoder.ReadPredicate(decoder.Source.Operands[1]);
            return new PredicateOperation(PredicateFunction.Not, decoder.WritePredicate(decoder.Source.Operands[0]), p, p);
        }

        int d = decoder.Write(0, type), a = decoder.Read(1, type);
        return type.Bits switch
        {
            32 => new VectorUnary<uint, BitNot<uint>>(d, a),
            64 => new VectorUnary<ulong, BitNot<ulong>>(d, a),
            _ => new LaneOperation((x, _, _) => ~x, d, type, (a, type)),
        };
    }

    public static Operation ShiftLeft(Decoder decoder) =>
        Shift(decoder, (type, value, count) => count >= type.Bits ? 0 : value << (int)count);

    public static Operation ShiftRight(Decoder decoder) => Shift(decoder, (type, value, count) => type.IsSigned
        ? value >> (int)Math.Min(count, type.Bits - 1)
        : count >= type.Bits ? 0 : (long)((ulong)value >> (int)count));

    /// <summary>shf: 32 bits out of 64, at a place.</summary>
    public static Operation Funnel(Decoder decoder)
    {
        decoder.Allow("l", "r", "wrap", "clamp");
        decoder.Expect(4);
        bool isLeft = decoder.Source.Has("l"), wraps = decoder.Source.Has("wrap");
        PtxType type = PtxType.B32;
        return new LaneOperation((low, high, count) =>
            {
                int by = (int)(wraps ? count & 31 : Math.Min(count, 32));
                ulong both = ((ulong)high << 32) | (uint)low;
                return isLeft ? (long)((by == 32 ? (ulong)low << 32 : both << by) >> 32) : (long)(both >> by);
            }, decoder.Write(0, type), type, (decoder.Read(1, type), type), (decoder.Read(2, type), type), (decoder.Read(3, type), type));
    }

    /// <summary>prmt: four bytes picked from eight.</summary>
    public static Operation Permute(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(4);
        PtxType type = PtxType.B32;
        return new LaneOperation((a, b, selection) =>
            {
                ulong bytes = ((ulong)b << 32) | (uint)a;
                uint result = 0;
                for (int i = 0; i < 4; i++)
                {
                    int pick = (int)(selection >> (4 * i)) & 15;
                    byte value = (byte)(bytes >> (8 * (pick & 7)));
                    result |= (uint)((pick & 8) != 0 ? (byte)((sbyte)value >> 7) : value) << (8 * i);
                }

                return result;
            }, decoder.Write(0, type), type, (decoder.Read(1, type), type), (decoder.Read(2, type), type), (decoder.Read(3, type), type));
    }

    public static Operation CountBits(Decoder decoder) => Count(decoder, (value, _) => BitOperations.PopCount((ulong)value));

    public static Operation LeadingZeros(Decoder decoder) => Count(decoder, (value, bits) => BitOperations.LeadingZeroCount((ulong)value) - (64 - bits));

    public static Operation Reverse(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(2);
        PtxType type = PtxType.B32;
        return new LaneOperation((value, _, _) =>
            {
                uint reversed = 0;
                for (int i = 0; i < 32; i++)
                {
                    reversed |= (uint)((value >> i) & 1) << (31 - i);
                }

                return reversed;
            }, decoder.Write(0, type), type, (decoder.Read(1, type), type));
    }

    /// <summary>bfe: some bits from a place on.</summary>
    public static Operation Extract(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(4);
        PtxType type = decoder.Type(), count = new("u", 32);
        return new LaneOperation((value, first, length) =>
            {
                (first, length) = (first & 255, Math.Min(length & 255, 64 - Math.Min(63, first & 255)));
                if (length == 0 || first >= type.Bits)
                {
                    return 0;
                }

                long shifted = value >> (int)first << (int)(64 - length);
                return type.IsSigned ? shifted >> (int)(64 - length) : (long)((ulong)shifted >> (int)(64 - length));
            }, decoder.Write(0, type), type, (decoder.Read(1, type), type), (decoder.Read(2, count), count), (decoder.Read(3, count), count));
    }

    private static Operation Count(Decoder decoder, Func<long, int, int> function)
    {
        decoder.Allow();
        decoder.Expect(2);
        PtxType type = decoder.Type(), unsigned = new("u", type.Bits);
        return new LaneOperation((value, _, _) => function(value, type.Bits), decoder.Write(0, PtxType.B32), PtxType.B32,
            (decoder.Read(1, type), unsigned));
    }

    private static Operation Shift(Decoder decoder, Func<PtxType, long, long, long> function)
    {
        decoder.Allow();
        decoder.Expect(3);
        PtxType type = decoder.Type(), count = new("u", 32);
        PtxType unsigned = type.IsSigned ? type : new PtxType("u", type.Bits);
        int d = decoder.Write(0, type), a = decoder.Read(1, type);
        bool isLeft = decoder.Source.Opcode == "shl";
        if (decoder.Source.Operands[2].Form == OperandForm.Immediate && type.Bits >= 32)
        {
            int by = (int)RegisterMap.ParseConstant(decoder.Source.Operands[2].Text, count);
            if (by < type.Bits)
            {
                return new ConstantShift(d, a, by, type.Bits == 64, isLeft, type.IsSigned);
            }
        }

        return new LaneOperation((value, by, _) => function(type, value, by), d, type, (a, unsigned), (decoder.Read(2, count), count));
    }

    private static Operation Binary<TNarrow, TWide>(Decoder decoder, PredicateFunction onPredicates, Func<long, long, long, long> onLanes)
        where TNarrow : struct, IBinary<uint> where TWide : struct, IBinary<ulong>
    {
        decoder.Allow();
        decoder.Expect(3);
        PtxType type = decoder.Type();
        if (type.IsPredicate)
        {
            PtxOperand[] operands = decoder.Source.Operands;
            return new PredicateOperation(onPredicates, decoder.WritePredicate(operands[0]), decoder.ReadPredicate(operands[1]),
                decoder.ReadPredicate(operands[2]));
        }

        int d = decoder.Write(0, type), a = decoder.Read(1, type), b = decoder.Read(2, type);
        return (type.Bits * type.Count) switch
        {
            32 => new VectorBinary<uint, TNarrow>(d, a, b),
            64 => new VectorBinary<ulong, TWide>(d, a, b),
            _ => new LaneOperation(onLanes, d, type, (a, type), (b, type)),
        };
    }
}

/// <summary>A function of predicates.</summary>
internal enum PredicateFunction
{
    /// <summary>Both.</summary>
    And,

    /// <summary>Either.</summary>
    Or,

    /// <summary>One alone.</summary>
    Xor,

    /// <summary>The opposite of the first.</summary>
    Not,

    /// <summary>The first.</summary>
    Copy,
}

/// <summary>Joins predicates of all lanes; a number below zero is a predicate negated.</summary>
internal sealed unsafe class PredicateOperation(PredicateFunction function, int d, int a, int b) : Operation
{
    public static uint Read(Warp warp, int predicate) => predicate >= 0 ? warp.Predicates[predicate] : ~warp.Predicates[-1 - predicate];

    public override void Execute(Warp warp)
    {
        uint left = Read(warp, a), right = Read(warp, b);
        uint result = function switch
        {
            PredicateFunction.And => left & right,
            PredicateFunction.Or => left | right,
            PredicateFunction.Xor => left ^ right,
            PredicateFunction.Not => ~left,
            _ => left,
        };
        warp.Predicates[d] = (warp.Predicates[d] & ~warp.Active) | (result & warp.Active);
    }
}

/// <summary>Shifts all lanes by one number.</summary>
internal sealed unsafe class ConstantShift(int d, int a, int by, bool isWide, bool isLeft, bool isSigned) : Operation
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        for (int part = 0; part < (isWide ? 4 : 2); part++)
        {
            if (isWide)
            {
                Vector512<long> x = Get<long>(r + a, part);
                Put(warp, r + d, part, isLeft ? x << by : isSigned ? x >> by : x >>> by);
            }
            else
            {
                Vector512<int> x = Get<int>(r + a, part);
                Put(warp, r + d, part, isLeft ? x << by : isSigned ? x >> by : x >>> by);
            }
        }
    }
}
