namespace Avion.CudaSimulator;

/// <summary>Arithmetic on whole and floating-point numbers.</summary>
internal static class Arithmetic
{
    public static Operation Add(Decoder decoder)
    {
        decoder.Allow("rn");
        return Binary<Plus<float>, Plus<double>, Plus<uint>, Plus<ulong>>(decoder, (a, b, _) => a + b);
    }

    public static Operation Subtract(Decoder decoder)
    {
        decoder.Allow("rn");
        return Binary<Minus<float>, Minus<double>, Minus<uint>, Minus<ulong>>(decoder, (a, b, _) => a - b);
    }

    public static Operation Multiply(Decoder decoder)
    {
        decoder.Allow("rn", "lo", "hi", "wide");
        PtxType type = decoder.Type();
        if (type.IsFloat || decoder.Source.Has("lo"))
        {
            return Binary<Times<float>, Times<double>, Times<uint>, Times<ulong>>(decoder, (a, b, _) => a * b);
        }

        decoder.Expect(3);
        if (decoder.Source.Has("wide"))
        {
            PtxType wide = new(type.Kind, 2 * type.Bits);
            return new LaneOperation((a, b, _) => a * b, decoder.Write(0, wide), wide, (decoder.Read(1, type), type), (decoder.Read(2, type), type));
        }

        RequireHi(decoder);
        return new LaneOperation((a, b, _) => High(a, b, type), decoder.Write(0, type), type, (decoder.Read(1, type), type), (decoder.Read(2, type), type));
    }

    public static Operation MultiplyAdd(Decoder decoder)
    {
        decoder.Allow("rn", "lo", "hi", "wide");
        decoder.Expect(4);
        PtxType type = decoder.Type();
        if (type.IsFloat)
        {
            return FusedMultiplyAdd(decoder);
        }

        if (decoder.Source.Has("wide"))
        {
            PtxType wide = new(type.Kind, 2 * type.Bits);
            return new LaneOperation((a, b, c) => (a * b) + c, decoder.Write(0, wide), wide,
                (decoder.Read(1, type), type), (decoder.Read(2, type), type), (decoder.Read(3, wide), wide));
        }

        int d = decoder.Write(0, type), x = decoder.Read(1, type), y = decoder.Read(2, type), z = decoder.Read(3, type);
        if (decoder.Source.Has("hi"))
        {
            return new LaneOperation((a, b, c) => High(a, b, type) + c, d, type, (x, type), (y, type), (z, type));
        }

        return type.Bits switch
        {
            32 => new VectorTernary<uint, TimesPlus<uint>>(d, x, y, z),
            64 => new VectorTernary<ulong, TimesPlus<ulong>>(d, x, y, z),
            _ => new LaneOperation((a, b, c) => (a * b) + c, d, type, (x, type), (y, type), (z, type)),
        };
    }

    public static Operation FusedMultiplyAdd(Decoder decoder)
    {
        decoder.Allow("rn");
        decoder.Expect(4);
        PtxType type = decoder.Type();
        int d = decoder.Write(0, type), a = decoder.Read(1, type), b = decoder.Read(2, type), c = decoder.Read(3, type);
        return !decoder.Source.Has("rn") ? throw decoder.Unknown("rounds in another way than .rn")
            : type is { Kind: "f", Bits: 32 } ? new VectorTernary<float, FusedFloat>(d, a, b, c)
            : type is { Kind: "f", Bits: 64 } ? new VectorTernary<double, FusedDouble>(d, a, b, c)
            : throw decoder.Unknown($"fma of {type} is not known");
    }

    public static Operation Divide(Decoder decoder)
    {
        decoder.Allow("rn");
        PtxType type = decoder.Type();
        return Binary<Over<float>, Over<double>, None<uint>, None<ulong>>(decoder, (a, b, _) => b == 0 ? -1 : Quotient(type, a, b));
    }

    public static Operation Remainder(Decoder decoder)
    {
        decoder.Allow();
        PtxType type = decoder.Type();
        return Binary<None<float>, None<double>, None<uint>, None<ulong>>(decoder, (a, b, _) => b == 0 ? a : a - (Quotient(type, a, b) * b));
    }

    public static Operation Negate(Decoder decoder) => Unary<Negative<float>, Negative<double>, Negative<int>, Negative<long>>(decoder);

    public static Operation Absolute(Decoder decoder) => Unary<Magnitude<float>, Magnitude<double>, Magnitude<int>, Magnitude<long>>(decoder);

    public static Operation Minimum(Decoder decoder)
    {
        decoder.Allow("NaN");
        if (decoder.Source.Has("NaN"))
        {
            return Binary<SmallerOrNaN<float>, SmallerOrNaN<double>, None<uint>, None<ulong>>(decoder, (_, _, _) => throw decoder.Unknown("whole numbers have no NaN"));
        }

        return Signed(decoder)
            ? Binary<Smaller<float>, Smaller<double>, Smaller<int>, Smaller<long>, int, long>(decoder, (a, b, _) => Math.Min(a, b))
            : Binary<Smaller<float>, Smaller<double>, Smaller<uint>, Smaller<ulong>>(decoder, (a, b, _) => (long)Math.Min((ulong)a, (ulong)b));
    }

    public static Operation Maximum(Decoder decoder)
    {
        decoder.Allow("NaN");
        if (decoder.Source.Has("NaN"))
        {
            return Binary<LargerOrNaN<float>, LargerOrNaN<double>, None<uint>, None<ulong>>(decoder, (_, _, _) => throw decoder.Unknown("whole numbers have no NaN"));
        }

        return Signed(decoder)
            ? Binary<Larger<float>, Larger<double>, Larger<int>, Larger<long>, int, long>(decoder, (a, b, _) => Math.Max(a, b))
            : Binary<Larger<float>, Larger<double>, Larger<uint>, Larger<ulong>>(decoder, (a, b, _) => (long)Math.Max((ulong)a, (ulong)b));
    }

    public static Operation SquareRoot(Decoder decoder)
    {
        decoder.Allow("rn", "approx", "ftz");
        return decoder.Source.Has("rn") ? Unary<Root<float>, Root<double>, None<int>, None<long>>(decoder)
            : Approximate(decoder, Math.Sqrt, 1.0 / (1 << 23));
    }

    public static Operation Reciprocal(Decoder decoder)
    {
        decoder.Allow("rn", "approx", "ftz");
        return decoder.Source.Has("rn") ? Unary<ReciprocalOf<float>, ReciprocalOf<double>, None<int>, None<long>>(decoder)
            : Approximate(decoder, x => 1 / x, 1.0 / (1 << 23));
    }

    public static Operation InverseSquareRoot(Decoder decoder) => Approximate(decoder, x => 1 / Math.Sqrt(x), Math.Pow(2, -22.9));

    public static Operation Exp2(Decoder decoder) => Approximate(decoder, x => Math.Pow(2, x), Math.Pow(2, -22));

    public static Operation Log2(Decoder decoder) => Approximate(decoder, Math.Log2, Math.Pow(2, -22));

    public static Operation Tanh(Decoder decoder) => Approximate(decoder, Math.Tanh, Math.Pow(2, -11));

    public static Operation CopySign(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(3);
        PtxType type = decoder.Type();
        long sign = type.Bits == 64 ? long.MinValue : 1L << 31;
        return new LaneOperation((a, b, _) => (b & ~sign) | (a & sign), decoder.Write(0, type), type, (decoder.Read(1, type), type),
            (decoder.Read(2, type), type));
    }

    private static Operation Approximate(Decoder decoder, Func<double, double> function, double relativeError)
    {
        decoder.Allow("approx", "ftz");
        decoder.Expect(2);
        PtxType type = decoder.Type();
        return decoder.Source.Has("approx") && type is { Kind: "f", Bits: 32 }
            ? new ApproximateOperation(function, relativeError, decoder.Source.Has("ftz"), decoder.Write(0, type), decoder.Read(1, type))
            : throw decoder.Unknown("is no approximation of f32 that the simulator knows");
    }

    private static bool Signed(Decoder decoder) => decoder.Type().IsSigned;

    private static Operation Unary<TFloat, TDouble, TInt, TLong>(Decoder decoder)
        where TFloat : struct, IUnary<float> where TDouble : struct, IUnary<double>
        where TInt : struct, IUnary<int> where TLong : struct, IUnary<long>
    {
        decoder.Allow("rn");
        decoder.Expect(2);
        PtxType type = decoder.Type();
        int d = decoder.Write(0, type), a = decoder.Read(1, type);
        return (type.Kind, type.Bits) switch
        {
            ("f", 32) => new VectorUnary<float, TFloat>(d, a),
            ("f", 64) => new VectorUnary<double, TDouble>(d, a),
            ("s" or "b", 32) when typeof(TInt) != typeof(None<int>) => new VectorUnary<int, TInt>(d, a),
            ("s" or "b", 64) when typeof(TLong) != typeof(None<long>) => new VectorUnary<long, TLong>(d, a),
            _ => throw decoder.Unknown($"{decoder.Source.Opcode} of {type} is not known"),
        };
    }

    private static Operation Binary<TFloat, TDouble, TUInt, TULong>(Decoder decoder, Func<long, long, long, long> onLanes)
        where TFloat : struct, IBinary<float> where TDouble : struct, IBinary<double>
        where TUInt : struct, IBinary<uint> where TULong : struct, IBinary<ulong> =>
        Binary<TFloat, TDouble, TUInt, TULong, uint, ulong>(decoder, onLanes);

    private static Operation Binary<TFloat, TDouble, TNarrow, TWide, TN, TW>(Decoder decoder, Func<long, long, long, long> onLanes)
        where TFloat : struct, IBinary<float> where TDouble : struct, IBinary<double>
        where TNarrow : struct, IBinary<TN> where TWide : struct, IBinary<TW> where TN : struct where TW : struct
    {
        decoder.Expect(3);
        PtxType type = decoder.Type();
        int d = decoder.Write(0, type), a = decoder.Read(1, type), b = decoder.Read(2, type);
        return (type.IsFloat, type.Bits) switch
        {
            (true, 32) when typeof(TFloat) != typeof(None<float>) && type.Kind == "f" => new VectorBinary<float, TFloat>(d, a, b),
            (true, 64) when typeof(TDouble) != typeof(None<double>) => new VectorBinary<double, TDouble>(d, a, b),
            (false, 32) when typeof(TNarrow) != typeof(None<TN>) => new VectorBinary<TN, TNarrow>(d, a, b),
            (false, 64) when typeof(TWide) != typeof(None<TW>) => new VectorBinary<TW, TWide>(d, a, b),
            (false, _) => new LaneOperation(onLanes, d, type, (a, type), (b, type)),
            _ => throw decoder.Unknown($"{decoder.Source.Opcode} of {type} is not known"),
        };
    }

    private static long Quotient(PtxType type, long a, long b) => type.IsSigned ? (b == -1 ? -a : a / b) : (long)((ulong)a / (ulong)b);

    private static void RequireHi(Decoder decoder)
    {
        if (!decoder.Source.Has("hi"))
        {
            throw decoder.Unknown("says neither .lo, .hi nor .wide");
        }
    }

    private static long High(long a, long b, PtxType type) => (type.Bits, type.IsSigned) switch
    {
        (64, true) => Math.BigMul(a, b, out _),
        (64, false) => (long)Math.BigMul((ulong)a, (ulong)b, out _),
        _ => (a * b) >> type.Bits,
    };

    /// <summary>Stands for a function that there is none of.</summary>
    private readonly struct None<T> : IUnary<T>, IBinary<T> where T : struct
    {
        public static Vector512<T> Apply(Vector512<T> a) => throw new NotSupportedException();

        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => throw new NotSupportedException();
    }
}
