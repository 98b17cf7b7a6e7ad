namespace Avion.CudaSimulator;

/// <summary>Comparisons that set predicates.</summary>
internal static class Comparisons
{
    private static readonly string[] s_known =
        ["eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan", "and", "or", "xor"];

    public static Operation SetPredicate(Decoder decoder)
    {
        decoder.Allow(s_known);
        PtxInstruction source = decoder.Source;
        bool joins = source.Modifiers.Length == 3;
        decoder.Expect(joins ? 4 : 3);
        PtxType type = decoder.Type();
        PtxOperand target = source.Operands[0];
        int a = decoder.Read(1, type), b = decoder.Read(2, type);
        PredicateTarget result = new(
            decoder.WritePredicate(target), target.Second is { Form: not OperandForm.Sink } second ? decoder.WritePredicate(second) : -1,
            joins ? source.Modifiers[1] : "", joins ? decoder.ReadPredicate(source.Operands[3]) : 0);
        string comparison = source.Modifiers[0];
        return (type.Kind, type.Bits) switch
        {
            ("f", 32) => new CompareOperation<float>(comparison, a, b, result),
            ("f", 64) => new CompareOperation<double>(comparison, a, b, result),
            ("s", 32) => new CompareOperation<int>(comparison, a, b, result),
            ("s", 64) => new CompareOperation<long>(comparison, a, b, result),
            ("u" or "b", 32) => new CompareOperation<uint>(comparison, a, b, result),
            ("u" or "b", 64) => new CompareOperation<ulong>(comparison, a, b, result),
            ("s" or "u" or "b", 16) => new ShortCompareOperation(comparison, a, b, type, result),
            _ => throw decoder.Unknown($"comparison of {type} is not known"),
        };
    }
}

/// <summary>Where a comparison's result goes.</summary>
/// <param name="Predicate">The predicate that holds it.</param>
/// <param name="Opposite">The one that holds its opposite, or -1.</param>
/// <param name="Join">and, or, xor with another predicate; empty for none.</param>
/// <param name="Other">That predicate.</param>
internal readonly record struct PredicateTarget(int Predicate, int Opposite, string Join, int Other)
{
    public unsafe void Write(Warp warp, uint result)
    {
        uint other = Join.Length == 0 ? 0 : PredicateOperation.Read(warp, Other), opposite = Combine(~result, other);
        warp.Predicates[Predicate] = (warp.Predicates[Predicate] & ~warp.Active) | (Combine(result, other) & warp.Active);
        if (Opposite >= 0)
        {
            warp.Predicates[Opposite] = (warp.Predicates[Opposite] & ~warp.Active) | (opposite & warp.Active);
        }
    }

    private uint Combine(uint value, uint other) => Join switch { "and" => value & other, "or" => value | other, "xor" => value ^ other, _ => value };
}

/// <summary>Compares all lanes.</summary>
internal sealed unsafe class CompareOperation<T>(string comparison, int a, int b, PredicateTarget target) : Operation where T : struct
{
    // Base comparison, whether it is turned round, and whether it holds where one is not a number.
    private readonly (Base Compare, bool Unordered) _form = comparison switch
    {
        "eq" => (Base.Equal, false), "ne" => (Base.NotEqual, false), "lt" or "lo" => (Base.Less, false), "le" or "ls" => (Base.LessOrEqual, false),
        "gt" or "hi" => (Base.Greater, false), "ge" or "hs" => (Base.GreaterOrEqual, false),
        "equ" => (Base.Equal, true), "neu" => (Base.NotEqual, true), "ltu" => (Base.Less, true), "leu" => (Base.LessOrEqual, true),
        "gtu" => (Base.Greater, true), "geu" => (Base.GreaterOrEqual, true), "nan" => (Base.Never, true), _ => (Base.Always, false),
    };

    private enum Base
    {
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        Never,
        Always,
    }

    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        uint result = 0;
        for (int part = 0; part < Parts<T>(); part++)
        {
            Vector512<T> left = Get<T>(r + a, part), right = Get<T>(r + b, part);
            Vector512<T> mask = _form.Compare switch
            {
                Base.Equal => Vector512.Equals(left, right),
                Base.NotEqual => ~Vector512.Equals(left, right),
                Base.Less => Vector512.LessThan(left, right),
                Base.LessOrEqual => Vector512.LessThanOrEqual(left, right),
                Base.Greater => Vector512.GreaterThan(left, right),
                Base.GreaterOrEqual => Vector512.GreaterThanOrEqual(left, right),
                Base.Never => Vector512<T>.Zero,
                _ => Vector512<T>.AllBitsSet,
            };
            if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            {
                Vector512<T> ordered = Vector512.Equals(left, left) & Vector512.Equals(right, right);
                mask = _form.Unordered ? mask | ~ordered : mask & ordered;
            }

            result |= (uint)Vector512.ExtractMostSignificantBits(mask) << (part * Vector512<T>.Count);
        }

        target.Write(warp, result);
    }
}

/// <summary>Compares 16-bit numbers lane by lane.</summary>
internal sealed unsafe class ShortCompareOperation(string comparison, int a, int b, PtxType type, PredicateTarget target) : Operation
{
    public override void Execute(Warp warp)
    {
        uint result = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            int order = Lanes.Read(warp.Registers + a, lane, type).CompareTo(Lanes.Read(warp.Registers + b, lane, type));
            bool holds = comparison switch
            {
                "eq" => order == 0, "ne" => order != 0, "lt" or "lo" => order < 0, "le" or "ls" => order <= 0, "gt" or "hi" => order > 0, _ => order >= 0,
            };
            result |= holds ? 1u << lane : 0;
        }

        target.Write(warp, result);
    }
}
