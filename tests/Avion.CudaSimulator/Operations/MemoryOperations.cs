using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Loads and stores.</summary>
internal static class MemoryOperations
{
    private static readonly string[] s_known = ["global", "shared", "local", "param", "nc", "volatile", "v2", "v4"];

    public static Operation Load(Decoder decoder)
    {
        decoder.Allow(s_known);
        decoder.Expect(2);
        PtxType type = decoder.Type();
        int count = Count(decoder);
        PtxOperand[] targets = decoder.Parts(0, count);
        bool[] areWide = [.. targets.Select(decoder.IsWideRegister)];
        if (decoder.Source.Has("param"))
        {
            PtxOperand address = decoder.Source.Operands[1];
            PtxParameter parameter = decoder.Program.Parameter(address.Text) ?? throw decoder.Unknown($"there is no parameter {address.Text}");
            long end = address.Offset + (count * type.Bytes);
            return address.Offset < 0 || end > parameter.Bytes
                ? throw decoder.Unknown($"reads past the parameter's {parameter.Bytes} bytes")
                : new LoadParameter(parameter.Offset + (int)address.Offset, type, [.. targets.Select(target => decoder.Write(target, type, true))], areWide);
        }

        MemorySpace space = Space(decoder, type.Bytes * count);
        (int, bool, long) from = decoder.Address(1);
        return new LoadOperation(space, from, type, [.. targets.Select(target => decoder.Write(target, type, true))], areWide);
    }

    public static Operation Store(Decoder decoder)
    {
        decoder.Allow(s_known);
        decoder.Expect(2);
        PtxType type = decoder.Type();
        int count = Count(decoder);
        MemorySpace space = Space(decoder, type.Bytes * count);
        (int, bool, long) to = decoder.Address(0);
        PtxOperand[] sources = decoder.Parts(1, count);
        return new StoreOperation(space, to, type, [.. sources.Select(source => decoder.Read(source, type, true))],
            [.. sources.Select(decoder.IsWideRegister)]);
    }

    /// <summary>The space that the modifiers name.</summary>
    public static MemorySpace Space(Decoder decoder, int bytes)
    {
        MemorySpace space = decoder.Source.Has("global") ? MemorySpace.Global : decoder.Source.Has("shared") ? MemorySpace.Shared
            : decoder.Source.Has("local") ? MemorySpace.Local : MemorySpace.Generic;
        if (space is MemorySpace.Shared or MemorySpace.Generic)
        {
            decoder.Program.UsesShared(bytes);
        }

        return space;
    }

    private static int Count(Decoder decoder) => decoder.Source.Has("v4") ? 4 : decoder.Source.Has("v2") ? 2 : 1;
}

/// <summary>Loads numbers of one lane each.</summary>
internal sealed unsafe class LoadOperation(MemorySpace space, (int Place, bool IsWide, long Offset) address, PtxType type, int[] targets,
    bool[] areWide) : MemoryOperation(space, address, type.Bytes * targets.Length)
{
    private readonly bool _isWords = type.Bytes == 4 && !type.IsSigned && !areWide.Contains(true);

    public override void Execute(Warp warp)
    {
        Count(warp);
        byte* registers = warp.Registers;
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* source = Locate(warp, lane, Address(warp, lane), writes: false);
            if (_isWords)
            {
                for (int i = 0; i < targets.Length; i++)
                {
                    ((uint*)(registers + targets[i]))[lane] = ((uint*)source)[i];
                }

                continue;
            }

            for (int i = 0; i < targets.Length; i++)
            {
                Lanes.WriteExtended(registers + targets[i], lane, areWide[i], MemoryValue.Read(source + (i * type.Bytes), type));
            }
        }
    }
}

/// <summary>Stores numbers of one lane each.</summary>
internal sealed unsafe class StoreOperation(MemorySpace space, (int Place, bool IsWide, long Offset) address, PtxType type, int[] sources,
    bool[] areWide) : MemoryOperation(space, address, type.Bytes * sources.Length)
{
    public override void Execute(Warp warp)
    {
        Count(warp);
        byte* registers = warp.Registers;
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* target = Locate(warp, lane, Address(warp, lane), writes: true);
            for (int i = 0; i < sources.Length; i++)
            {
                long value = areWide[i] ? ((long*)(registers + sources[i]))[lane] : ((uint*)(registers + sources[i]))[lane];
                MemoryValue.Write(target + (i * type.Bytes), type, value);
            }
        }
    }
}

/// <summary>Loads a parameter, the same for all lanes.</summary>
internal sealed unsafe class LoadParameter(int offset, PtxType type, int[] targets, bool[] areWide) : Operation
{
    public override void Execute(Warp warp)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            long value = MemoryValue.Read(warp.Block.Parameters + offset + (i * type.Bytes), type);
            for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
            {
                Lanes.WriteExtended(warp.Registers + targets[i], BitOperations.TrailingZeroCount(rest), areWide[i], value);
            }
        }
    }
}

/// <summary>Numbers in memory.</summary>
internal static unsafe class MemoryValue
{
    /// <summary>A number, extended to 64 bits as its type says.</summary>
    public static long Read(byte* source, PtxType type) => (type.Bytes, type.IsSigned) switch
    {
        (8, _) => *(long*)source, (4, true) => *(int*)source, (4, false) => *(uint*)source, (2, true) => *(short*)source,
        (2, false) => *(ushort*)source, (1, true) => *(sbyte*)source, _ => *source,
    };

    public static void Write(byte* target, PtxType type, long value)
    {
        switch (type.Bytes)
        {
            case 8: *(long*)target = value; break;
            case 4: *(int*)target = (int)value; break;
            case 2: *(short*)target = (short)value; break;
            default: *target = (byte)value; break;
        }
    }
}
