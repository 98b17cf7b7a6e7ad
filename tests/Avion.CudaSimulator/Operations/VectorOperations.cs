namespace Avion.CudaSimulator;

/// <summary>A function of vectors of lanes.</summary>
internal interface IUnary<T> where T : struct
{
    static abstract Vector512<T> Apply(Vector512<T> a);
}

/// <inheritdoc cref="IUnary{T}"/>
internal interface IBinary<T> where T : struct
{
    static abstract Vector512<T> Apply(Vector512<T> a, Vector512<T> b);
}

/// <inheritdoc cref="IUnary{T}"/>
internal interface ITernary<T> where T : struct
{
    static abstract Vector512<T> Apply(Vector512<T> a, Vector512<T> b, Vector512<T> c);
}

/// <summary>d = f(a) on all lanes.</summary>
internal sealed unsafe class VectorUnary<T, TFunction>(int d, int a) : Operation where T : struct where TFunction : struct, IUnary<T>
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        for (int part = 0; part < Parts<T>(); part++)
        {
            Put(warp, r + d, part, TFunction.Apply(Get<T>(r + a, part)));
        }
    }
}

/// <summary>d = f(a, b) on all lanes.</summary>
internal sealed unsafe class VectorBinary<T, TFunction>(int d, int a, int b) : Operation where T : struct where TFunction : struct, IBinary<T>
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        for (int part = 0; part < Parts<T>(); part++)
        {
            Put(warp, r + d, part, TFunction.Apply(Get<T>(r + a, part), Get<T>(r + b, part)));
        }
    }
}

/// <summary>d = f(a, b, c) on all lanes.</summary>
internal sealed unsafe class VectorTernary<T, TFunction>(int d, int a, int b, int c) : Operation
    where T : struct where TFunction : struct, ITernary<T>
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        for (int part = 0; part < Parts<T>(); part++)
        {
            Put(warp, r + d, part, TFunction.Apply(Get<T>(r + a, part), Get<T>(r + b, part), Get<T>(r + c, part)));
        }
    }
}

/// <summary>d = f(a, b, c) lane by lane on whole numbers of up to 64 bits, signed or not as their types say; for what is rare.</summary>
/// <param name="function">Of operands that are already extended to 64 bits by their types.</param>
/// <param name="d">Place of the result.</param>
/// <param name="result">Its type.</param>
/// <param name="operands">Places and types.</param>
internal sealed unsafe class LaneOperation(Func<long, long, long, long> function, int d, PtxType result, params (int Place, PtxType Type)[] operands)
    : Operation
{
    public override void Execute(Warp warp)
    {
        byte* r = warp.Registers;
        long* values = stackalloc long[3];
        for (uint rest = warp.Active; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            for (int i = 0; i < operands.Length; i++)
            {
                values[i] = Lanes.Read(r + operands[i].Place, lane, operands[i].Type);
            }

            Lanes.Write(r + d, lane, result, function(values[0], values[1], values[2]));
        }
    }
}

/// <summary>Single lanes of registers.</summary>
internal static unsafe class Lanes
{
    /// <summary>A lane's number, extended to 64 bits as its type says; of floating-point types the bits.</summary>
    public static long Read(byte* place, int lane, PtxType type)
    {
        int bits = type.Bits * type.Count;
        if (bits == 64)
        {
            return ((long*)place)[lane];
        }

        uint value = ((uint*)place)[lane];
        return (bits, type.IsSigned) switch
        {
            (32, true) => (int)value, (32, false) => value,
            (16, true) => (short)value, (16, false) => (ushort)value,
            (8, true) => (sbyte)value, _ => (byte)value,
        };
    }

    /// <summary>Writes the bits that the type has.</summary>
    public static void Write(byte* place, int lane, PtxType type, long value)
    {
        switch (type.Bits * type.Count)
        {
            case 64: ((long*)place)[lane] = value; break;
            case 32: ((uint*)place)[lane] = (uint)value; break;
            case 16: ((uint*)place)[lane] = (ushort)value; break;
            default: ((uint*)place)[lane] = (byte)value; break;
        }
    }

    /// <summary>Writes to a register that may be wider than the value's type: the rest is its sign or zero.</summary>
    public static void WriteExtended(byte* place, int lane, bool isWide, long value)
    {
        if (isWide)
        {
            ((long*)place)[lane] = value;
        }
        else
        {
            ((uint*)place)[lane] = (uint)value;
        }
    }
}
