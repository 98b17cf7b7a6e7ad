namespace Avion.Compute;

public static partial class Gelu
{
    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, GeluKind kind, Tensor y) where T : unmanaged =>
        Elementwise.Run(cpu.Workers, x.Count, new ForwardWork<T> { X = x.Pointer<T>(), Kind = kind, Y = y.Pointer<T>() });

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor x, GeluKind kind, bool accumulate, Tensor dx)
        where T : unmanaged =>
        Elementwise.Run(cpu.Workers, x.Count,
            new BackwardWork<T> { Dy = dy.Pointer<T>(), X = x.Pointer<T>(), Kind = kind, Accumulate = accumulate, Dx = dx.Pointer<T>() });

    private static unsafe void ForwardRange<TVector, TFunction, T>(T* x, long count, T* y)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where T : unmanaged
    {
        long done = count - (count % TVector.Width);
        ForwardLoop<TVector, TFunction, T>(x, done, y);
        ForwardLoop<FloatScalar, TFunction, T>(x + done, count - done, y + done);
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
    private static unsafe void ForwardLoop<TVector, TFunction, T>(T* x, long count, T* y)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where T : unmanaged
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TFunction.Value(TVector.Load(x + i)).Store(y + i);
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

    private unsafe struct ForwardWork<T> : IElementwiseWork where T : unmanaged
    {
        public T* X, Y;
        public GeluKind Kind;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>
        {
            T* x = X + first, y = Y + first;
            switch (Kind)
            {
                case GeluKind.Erf: ForwardRange<TVector, ErfGelu, T>(x, count, y); break;
                case GeluKind.Quick: ForwardRange<TVector, QuickGelu, T>(x, count, y); break;
                default: ForwardRange<TVector, TanhGelu, T>(x, count, y); break;
            }
        }
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
