namespace Avion.CudaSimulator;

/// <summary>Which operation an opcode becomes. What is not here is unknown.</summary>
internal static class OperationTable
{
    private static readonly Dictionary<string, Func<Decoder, Operation>> s_builders = new()
    {
        ["add"] = Arithmetic.Add, ["sub"] = Arithmetic.Subtract, ["mul"] = Arithmetic.Multiply, ["mad"] = Arithmetic.MultiplyAdd,
        ["fma"] = Arithmetic.FusedMultiplyAdd, ["div"] = Arithmetic.Divide, ["rem"] = Arithmetic.Remainder, ["neg"] = Arithmetic.Negate,
        ["abs"] = Arithmetic.Absolute, ["min"] = Arithmetic.Minimum, ["max"] = Arithmetic.Maximum, ["sqrt"] = Arithmetic.SquareRoot,
        ["rcp"] = Arithmetic.Reciprocal, ["rsqrt"] = Arithmetic.InverseSquareRoot, ["ex2"] = Arithmetic.Exp2, ["lg2"] = Arithmetic.Log2,
        ["tanh"] = Arithmetic.Tanh, ["copysign"] = Arithmetic.CopySign,
        ["and"] = Logic.And, ["or"] = Logic.Or, ["xor"] = Logic.Xor, ["not"] = Logic.Not, ["shl"] = Logic.ShiftLeft, ["shr"] = Logic.ShiftRight,
        ["shf"] = Logic.Funnel, ["prmt"] = Logic.Permute, ["popc"] = Logic.CountBits, ["clz"] = Logic.LeadingZeros, ["brev"] = Logic.Reverse,
        ["bfe"] = Logic.Extract, ["mov"] = Moves.Move, ["selp"] = Moves.Select, ["cvta"] = Moves.ChangeAddress, ["cvt"] = Conversions.Convert,
        ["setp"] = Comparisons.SetPredicate,
        ["ld"] = MemoryOperations.Load, ["ldu"] = MemoryOperations.Load, ["st"] = MemoryOperations.Store,
        ["atom"] = Atomics.Build, ["red"] = Atomics.Build,
        ["bra"] = Flow.Branch, ["ret"] = Flow.Return, ["exit"] = Flow.Return, ["bar"] = Flow.Barrier, ["barrier"] = Flow.Barrier,
        ["membar"] = Flow.Fence, ["fence"] = Flow.Fence, ["trap"] = Flow.Trap,
        ["shfl"] = WarpExchange.Shuffle, ["vote"] = WarpExchange.Vote, ["activemask"] = WarpExchange.ActiveMask,
        ["cp"] = AsyncCopyOperations.Build, ["ldmatrix"] = LoadMatrix.Build, ["mma"] = MatrixMultiply.Build,
    };

    public static Operation Build(Decoder decoder) => s_builders.TryGetValue(decoder.Source.Opcode, out Func<Decoder, Operation>? build)
        ? build(decoder)
        : throw decoder.Unknown($"the simulator does not know {decoder.Source.Opcode}");
}
