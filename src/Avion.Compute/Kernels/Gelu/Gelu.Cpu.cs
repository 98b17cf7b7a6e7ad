namespace Avion.Compute;

public static partial class Gelu
{
    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, GeluKind kind, Tensor y) where T : unmanaged =>
        Elementwise.Run(cpu.Workers, x.Count, new ForwardWork<T> { X = x.Pointer<T>(), Kind = kind, Y = y.Pointer<T>() });

    internal static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor x, GeluKind kind, bool accumulate, Tensor dx)
        where T : unmanaged =>
        Elementwise.Run(cpu.Workers, x.Count,
            new BackwardWork<T> { Dy = dy.Pointer<T>(), X = x.Pointer<T>(), Kind = kind, Accumulate = accumulate, Dx = dx.Pointer<T>() });

    /// <summary>u = x + bias, rounded as it is stored, and y = GELU(u), on the thread it is called on.</summary>
    /// <remarks>Bias and u may be null; y or u may be x.</remarks>
    internal static unsafe void CpuRange<TSource, T>(TSource* x, T* bias, long count, GeluKind kind, T* y, T* u)
        where TSource : unmanaged
        where T : unmanaged
    {
        switch (VectorWidth.Bits)
        {
            case 512: KindOf<FloatVector512, TSource, T>(x, bias, count, kind, y, u); break;
            case 256: KindOf<FloatVector256, TSource, T>(x, bias, count, kind, y, u); break;
            case 128: KindOf<FloatVector128, TSource, T>(x, bias, count, kind, y, u); break;
            default: KindOf<FloatScalar, TSource, T>(x, bias, count, kind, y, u); break;
        }
    }

    private static unsafe void KindOf<TVector, TSource, T>(TSource* x, T* bias, long count, GeluKind kind, T* y, T* u)
        where TVector : struct, IFloatVector<TVector>
        where TSource : unmanaged
        where T : unmanaged
    {
        switch (kind)
        {
            case GeluKind.Erf: ForwardRange<TVector, ErfGelu, TSource, T>(x, bias, count, y, u); break;
            case GeluKind.Quick: ForwardRange<TVector, QuickGelu, TSource, T>(x, bias, count, y, u); break;
            default: ForwardRange<TVector, TanhGelu, TSource, T>(x, bias, count, y, u); break;
        }
    }

    private static unsafe void ForwardRange<TVector, TFunction, TSource, T>(TSource* x, T* bias, long count, T* y, T* u)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where TSource : unmanaged
        where T : unmanaged
    {
        long done = count - (count % TVector.Width);
        T* tailBias = bias == null ? null : bias + done;
        if (u == null)
        {
            ValueLoop<TVector, TFunction, TSource, T>(x, bias, done, y);
            ValueLoop<FloatScalar, TFunction, TSource, T>(x + done, tailBias, count - done, y + done);
        }
        else
        {
            TwoResultLoop<TVector, TFunction, TSource, T>(x, bias, done, y, u);
            TwoResultLoop<FloatScalar, TFunction, TSource, T>(x + done, tailBias, count - done, y + done, u + done);
        }
    }

    private static unsafe void BackwardRange<TVector, TFunction, T>(T* dy, T* x, long count, bool accumulate, T* dx)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where T : unmanaged
    {
        long done = count - (count % TVector.Width);
        BackwardLoop<TVector, TFunction, T>(dy, x, done, accumulate, dx);
        BackwardLoop<FloatScalar, TFunction, T>(dy + done, x + done, count - done, accumulate, dx + done);
    }

    // Each loop is a method of its own, because the compiler inlines only so many calls into one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void ValueLoop<TVector, TFunction, TSource, T>(TSource* x, T* bias, long count, T* y)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where TSource : unmanaged
        where T : unmanaged
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TFunction.Value(WithBias<TVector, TSource, T>(x, bias, i, y)).Store(y + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void TwoResultLoop<TVector, TFunction, TSource, T>(TSource* x, T* bias, long count, T* y, T* u)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where TSource : unmanaged
        where T : unmanaged
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TVector sum = WithBias<TVector, TSource, T>(x, bias, i, u);
            TFunction.Value(sum).Store(y + i);
            sum.Store(u + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void BackwardLoop<TVector, TFunction, T>(T* dy, T* x, long count, bool accumulate, T* dx)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where T : unmanaged
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TFunction.ValueAndDerivative(TVector.Load(x + i), out TVector slope);
            TVector gradient = TVector.Load(dy + i) * slope;
            (accumulate ? TVector.Load(dx + i) + gradient : gradient).Store(dx + i);
        }
    }

    /// <summary>u, through the memory where it, or what is made of it, will lie: so it is rounded as backward will see it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe TVector WithBias<TVector, TSource, T>(TSource* x, T* bias, long i, T* rounded)
        where TVector : struct, IFloatVector<TVector>
        where TSource : unmanaged
        where T : unmanaged
    {
        TVector sum = bias == null ? TVector.Load(x + i) : TVector.Load(x + i) + TVector.Load(bias + i);
        if (typeof(T) == typeof(float))
        {
            return sum;
        }

        sum.Store(rounded + i);
        return TVector.Load(rounded + i);
    }

    private unsafe struct ForwardWork<T> : IElementwiseWork where T : unmanaged
    {
        public T* X, Y;
        public GeluKind Kind;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector> =>
            KindOf<TVector, T, T>(X + first, null, count, Kind, Y + first, null);
    }

    private unsafe struct BackwardWork<T> : IElementwiseWork where T : unmanaged
    {
        public T* Dy, X, Dx;
        public GeluKind Kind;
        public bool Accumulate;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>
        {
            T* dy = Dy + first, x = X + first, dx = Dx + first;
            switch (Kind)
            {
                case GeluKind.Erf: BackwardRange<TVector, ErfGelu, T>(dy, x, count, Accumulate, dx); break;
                case GeluKind.Quick: BackwardRange<TVector, QuickGelu, T>(dy, x, count, Accumulate, dx); break;
                default: BackwardRange<TVector, TanhGelu, T>(dy, x, count, Accumulate, dx); break;
            }
        }
    }
}
