namespace Avion.CudaSimulator;

/// <summary>Moves, selections and changes of address space.</summary>
internal static class Moves
{
    public static Operation Move(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(2);
        PtxType type = decoder.Type();
        PtxOperand target = decoder.Source.Operands[0], source = decoder.Source.Operands[1];
        if (type.IsPredicate)
        {
            if (source.Form == OperandForm.Immediate)
            {
                return new ConstantPredicate(decoder.WritePredicate(target), source.Text is not "0");
            }

            int p = decoder.ReadPredicate(source);
            return new PredicateOperation(PredicateFunction.Copy, decoder.WritePredicate(target), p, p);
        }

        if (source.Form == OperandForm.Vector || target.Form == OperandForm.Vector)
        {
            return Repack(decoder, type, target, source);
        }

        int d = decoder.Write(0, type), a = decoder.Read(1, type);
        return RegisterMap.IsWide(type) ? new VectorUnary<ulong, Same<ulong>>(d, a) : new VectorUnary<uint, Same<uint>>(d, a);
    }

    public static Operation Select(Decoder decoder)
    {
        decoder.Allow();
        decoder.Expect(4);
        PtxType type = decoder.Type();
        return new SelectOperation(decoder.Write(0, type), decoder.Read(1, type), decoder.Read(2, type),
            decoder.ReadPredicate(decoder.Source.Operands[3]), RegisterMap.IsWide(type));
    }

    /// <summary>cvta: generic addresses are those of global memory, or lie in a window for shared and local memory.</summary>
    public static Operation ChangeAddress(Decoder decoder)
    {
        decoder.Allow("to", "global", "shared", "local", "param", "const");
        decoder.Expect(2);
        PtxType type = decoder.Type();
        ulong window = decoder.Source.Has("shared") ? KernelProgram.SharedWindow : decoder.Source.Has("local") ? KernelProgram.LocalWindow : 0;
        bool toSpace = decoder.Source.Has("to");
        return new LaneOperation((address, _, _) => (long)(toSpace ? (ulong)address - window : (ulong)address + window),
            decoder.Write(0, type), type, (decoder.Read(1, type), type));
    }

    private static Operation Repack(Decoder decoder, PtxType type, PtxOperand target, PtxOperand source)
    {
        int count = (target.Form == OperandForm.Vector ? target : source).Parts!.Length;
        PtxType part = new("b", type.Bits * type.Count / count);
        return target.Form == OperandForm.Vector
            ? new UnpackOperation([.. target.Parts!.Select(operand => decoder.Write(operand, part))], decoder.Read(1, type), part, type)
            : new PackOperation(decoder.Write(0, type), [.. source.Parts!.Select(operand => decoder.Read(operand, part))], part, type);
    }
}

/// <summary>Sets a predicate of all lanes.</summary>
internal sealed unsafe class ConstantPredicate(int d, bool value) : Operation
{
    public override void Execute(Warp warp) =>
        warp.Predicates[d] = value ? warp.Predicates[d] | warp.Active : warp.Predicates[d] & ~warp.Active;
}

/// <summary>d = p ? a : b.</summary>
internal sealed unsafe class SelectOperation(int d, int a, int b, int predicate, bool isWide) : Operation
{
    private static readonly Vector512<uint> s_laneBits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
    private static readonly Vector512<ulong> s_wideLaneBits = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);

    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        uint chosen = PredicateOperation.Read(warp, predicate);
        if (isWide)
        {
            for (int part = 0; part < 4; part++)
            {
                Vector512<ulong> mask = Vector512.Equals(Vector512.Create((ulong)(chosen >> (8 * part))) & s_wideLaneBits, s_wideLaneBits);
                Put(warp, r + d, part, Vector512.ConditionalSelect(mask, Get<ulong>(r + a, part), Get<ulong>(r + b, part)));
            }

            return;
        }

        for (int part = 0; part < 2; part++)
        {
            Vector512<uint> mask = Vector512.Equals(Vector512.Create(chosen >> (16 * part)) & s_laneBits, s_laneBits);
            Put(warp, r + d, part, Vector512.ConditionalSelect(mask, Get<uint>(r + a, part), Get<uint>(r + b, part)));
        }
    }
}

/// <summary>Parts of a register to registers of their own.</summary>
internal sealed unsafe class UnpackOperation(int[] targets, int source, PtxType part, PtxType whole) : Operation
{
    public override void Execute(Warp warp)
    {
        PtxType unsigned = new("u", whole.Bits * whole.Count);
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            long value = Lanes.Read(warp.Registers + source, lane, unsigned);
            for (int i = 0; i < targets.Length; i++)
            {
                Lanes.Write(warp.Registers + targets[i], lane, part, (long)((ulong)value >> (i * part.Bits)));
            }
        }
    }
}

/// <summary>Registers joined to one.</summary>
internal sealed unsafe class PackOperation(int target, int[] sources, PtxType part, PtxType whole) : Operation
{
    public override void Execute(Warp warp)
    {
        PtxType unsigned = new("u", part.Bits);
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            long value = 0;
            for (int i = 0; i < sources.Length; i++)
            {
                value |= Lanes.Read(warp.Registers + sources[i], lane, unsigned) << (i * part.Bits);
            }

            Lanes.Write(warp.Registers + target, lane, whole, value);
        }
    }
}
