namespace Avion.CudaSimulator;

/// <summary>Conversions between types.</summary>
internal static class Conversions
{
    private static readonly string[] s_roundings = ["rn", "rz", "rni", "rzi", "rmi", "rpi", "sat", "ftz"];

    public static Operation Convert(Decoder decoder)
    {
        decoder.Allow(s_roundings);
        PtxType to = decoder.Type(2), from = decoder.Type();
        if (to is { Kind: "bf", Count: 2 })
        {
            decoder.Expect(3);
            Require(decoder, "rn");
            return new PackBfloat16(decoder.Write(0, to), decoder.Read(1, from), decoder.Read(2, from));
        }

        decoder.Expect(2);
        bool toWide = decoder.IsWideRegister(0), fromWide = decoder.IsWideRegister(1) && !RegisterMap.IsWide(from);
        int d = decoder.Write(0, to, mayBeWider: true), a = decoder.Read(1, from, mayBeWider: true);
        return (to.IsFloat, from.IsFloat) switch
        {
            _ when to is { Kind: "bf", Bits: 16 } && from is { Kind: "f", Bits: 32 } && decoder.Source.Has("rn") =>
                new LaneOperation((x, _, _) => Bfloat16.Round((uint)x), d, new PtxType("u", 32), (a, new PtxType("u", 32))),
            _ when to.Kind == "bf" || from.Kind == "bf" || to.Bits < 32 && to.IsFloat || from.Bits < 32 && from.IsFloat =>
                throw decoder.Unknown($"conversion from {from} to {to} is not known for sm_80"),
            (false, false) => Whole(decoder, d, toWide, to, a, from, fromWide),
            _ when fromWide => throw decoder.Unknown($"conversion from part of a register of 64 bits to {to} is not known"),
            (true, false) => FromWhole(decoder, d, to, a, from),
            (false, true) => ToWhole(decoder, d, toWide, to, a, from),
            _ => BetweenFloats(decoder, d, to, a, from),
        };
    }

    private static Operation Whole(Decoder decoder, int d, bool toWide, PtxType to, int a, PtxType from, bool fromWide)
    {
        if (decoder.Source.Has("sat"))
        {
            throw decoder.Unknown("saturating conversions of whole numbers are not known");
        }

        PtxType register = new(to.Kind, toWide ? 64 : 32);
        return (from.Bits, register.Bits, from.IsSigned) switch
        {
            _ when fromWide => new LaneOperation((x, _, _) => Cut(Cut(x, from), to), d, register, (a, new PtxType(from.Kind, 64))),
            (32, 64, true) when to.Bits == 64 => new WidenOperation(d, a, isSigned: true),
            (32, 64, false) when to.Bits == 64 => new WidenOperation(d, a, isSigned: false),
            _ => new LaneOperation((x, _, _) => Cut(x, to), d, register, (a, from)),
        };
    }

    private static Operation FromWhole(Decoder decoder, int d, PtxType to, int a, PtxType from)
    {
        Require(decoder, "rn");
        bool isUnsigned64 = from is { Bits: 64, IsSigned: false };
        return to.Bits == 32
            ? new LaneOperation((x, _, _) => BitConverter.SingleToInt32Bits(isUnsigned64 ? (float)(ulong)x : (float)x), d, to, (a, from))
            : new LaneOperation((x, _, _) => BitConverter.DoubleToInt64Bits(isUnsigned64 ? (double)(ulong)x : (double)x), d, to, (a, from));
    }

    private static Operation ToWhole(Decoder decoder, int d, bool toWide, PtxType to, int a, PtxType from)
    {
        string rounding = decoder.Source.Modifiers.FirstOrDefault(modifier => modifier is "rni" or "rzi" or "rmi" or "rpi")
            ?? throw decoder.Unknown("a conversion to whole numbers must say how it rounds");
        PtxType register = new(to.Kind, toWide ? 64 : 32);
        return new LaneOperation((x, _, _) => Saturate(Round(FloatOf(x, from), rounding), to), d, register, (a, from));
    }

    private static Operation BetweenFloats(Decoder decoder, int d, PtxType to, int a, PtxType from)
    {
        string? rounding = decoder.Source.Modifiers.FirstOrDefault(modifier => modifier is "rni" or "rzi" or "rmi" or "rpi");
        if (decoder.Source.Has("rz") || decoder.Source.Has("sat") || (to.Bits < from.Bits && !decoder.Source.Has("rn")))
        {
            throw decoder.Unknown("this rounding between floating-point types is not known");
        }

        return new LaneOperation((x, _, _) =>
            {
                double value = FloatOf(x, from);
                value = rounding is null ? value : Round(value, rounding);
                return to.Bits == 32 ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value);
            }, d, to, (a, from));
    }

    private static void Require(Decoder decoder, string modifier)
    {
        if (!decoder.Source.Has(modifier))
        {
            throw decoder.Unknown($"expected .{modifier}");
        }
    }

    private static double FloatOf(long bits, PtxType type) =>
        type.Bits == 32 ? BitConverter.Int32BitsToSingle((int)bits) : BitConverter.Int64BitsToDouble(bits);

    private static double Round(double value, string rounding) => rounding switch
    {
        "rni" => Math.Round(value, MidpointRounding.ToEven), "rzi" => Math.Truncate(value), "rmi" => Math.Floor(value), _ => Math.Ceiling(value),
    };

    private static long Saturate(double value, PtxType type)
    {
        if (double.IsNaN(value))
        {
            return 0;
        }

        double largest = Math.Pow(2, type.IsSigned ? type.Bits - 1 : type.Bits), smallest = type.IsSigned ? -largest : 0;
        return value >= largest ? (type.IsSigned ? (long)(ulong.MaxValue >> (65 - type.Bits)) : (long)(ulong.MaxValue >> (64 - type.Bits)))
            : value <= smallest ? (type.IsSigned ? -1L << (type.Bits - 1) : 0)
            : type is { Bits: 64, IsSigned: false } ? (long)(ulong)value : (long)value;
    }

    private static long Cut(long value, PtxType type) => (type.Bits, type.IsSigned) switch
    {
        (32, true) => (int)value, (32, false) => (uint)value, (16, true) => (short)value, (16, false) => (ushort)value,
        (8, true) => (sbyte)value, (8, false) => (byte)value, _ => value,
    };
}

/// <summary>Numbers of 16 bits with the exponent of a float32.</summary>
internal static class Bfloat16
{
    /// <summary>The nearest, to the even one of two equally near; what is not a number becomes the one that is all ones.</summary>
    public static uint Round(uint bits) => (bits & 0x7FFFFFFF) > 0x7F800000 ? 0x7FFF : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}

/// <summary>d = (high, low), rounded to bfloat16.</summary>
internal sealed unsafe class PackBfloat16(int d, int high, int low) : Operation
{
    public override void Execute(Warp warp)
    {
        uint* target = (uint*)(warp.Registers + d), upper = (uint*)(warp.Registers + high), lower = (uint*)(warp.Registers + low);
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            target[lane] = (Bfloat16.Round(upper[lane]) << 16) | Bfloat16.Round(lower[lane]);
        }
    }
}

/// <summary>32 bits to 64.</summary>
internal sealed unsafe class WidenOperation(int d, int a, bool isSigned) : Operation
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        for (int part = 0; part < 2; part++)
        {
            if (isSigned)
            {
                (Vector512<long> lower, Vector512<long> upper) = Vector512.Widen(Get<int>(r + a, part));
                Put(warp, r + d, 2 * part, lower);
                Put(warp, r + d, (2 * part) + 1, upper);
            }
            else
            {
                (Vector512<ulong> lower, Vector512<ulong> upper) = Vector512.Widen(Get<uint>(r + a, part));
                Put(warp, r + d, 2 * part, lower);
                Put(warp, r + d, (2 * part) + 1, upper);
            }
        }
    }
}
