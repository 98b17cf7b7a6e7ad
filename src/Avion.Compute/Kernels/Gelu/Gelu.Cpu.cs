namespace Avion.Compute;

public static partial class Gelu
{
    internal static unsafe void CpuForward(WorkerPool workers, float* x, long count, GeluKind kind, float* y) =>
        Elementwise.Run(workers, count, new ForwardWork { X = x, Kind = kind, Y = y });

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, float* x, long count, GeluKind kind, bool accumulate,
        float* dx) =>
        Elementwise.Run(workers, count, new BackwardWork { Dy = dy, X = x, Kind = kind, Accumulate = accumulate, Dx = dx });

    /// <summary>u = x + bias and y = GELU(u), on the thread it is called on. Bias and u may be null; y or u may be x.</summary>
    internal static unsafe void CpuRange(float* x, float* bias, long count, GeluKind kind, float* y, float* u)
    {
        switch (VectorWidth.Bits)
        {
            case 512: KindOf<FloatVector512>(x, bias, count, kind, y, u); break;
            case 256: KindOf<FloatVector256>(x, bias, count, kind, y, u); break;
            case 128: KindOf<FloatVector128>(x, bias, count, kind, y, u); break;
            default: KindOf<FloatScalar>(x, bias, count, kind, y, u); break;
        }
    }

    private static unsafe void KindOf<TVector>(float* x, float* bias, long count, GeluKind kind, float* y, float* u)
        where TVector : struct, IFloatVector<TVector>
    {
        switch (kind)
        {
            case GeluKind.Erf: ForwardRange<TVector, ErfGelu>(x, bias, count, y, u); break;
            case GeluKind.Quick: ForwardRange<TVector, QuickGelu>(x, bias, count, y, u); break;
            default: ForwardRange<TVector, TanhGelu>(x, bias, count, y, u); break;
        }
    }

    private static unsafe void ForwardRange<TVector, TFunction>(float* x, float* bias, long count, float* y, float* u)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        long done = count - (count % TVector.Width);
        float* tailBias = bias == null ? null : bias + done;
        if (u == null)
        {
            ValueLoop<TVector, TFunction>(x, bias, done, y);
            ValueLoop<FloatScalar, TFunction>(x + done, tailBias, count - done, y + done);
        }
        else
        {
            TwoResultLoop<TVector, TFunction>(x, bias, done, y, u);
            TwoResultLoop<FloatScalar, TFunction>(x + done, tailBias, count - done, y + done, u + done);
        }
    }

    private static unsafe void BackwardRange<TVector, TFunction>(float* dy, float* x, long count, bool accumulate, float* dx)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        long done = count - (count % TVector.Width);
        BackwardLoop<TVector, TFunction>(dy, x, done, accumulate, dx);
        BackwardLoop<FloatScalar, TFunction>(dy + done, x + done, count - done, accumulate, dx + done);
    }

    // Each loop is a method of its own, because the compiler inlines only so many calls into one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void ValueLoop<TVector, TFunction>(float* x, float* bias, long count, float* y)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TFunction.Value(WithBias<TVector>(x, bias, i)).Store(y + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void TwoResultLoop<TVector, TFunction>(float* x, float* bias, long count, float* y, float* u)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TVector sum = WithBias<TVector>(x, bias, i);
            TFunction.Value(sum).Store(y + i);
            sum.Store(u + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void BackwardLoop<TVector, TFunction>(float* dy, float* x, long count, bool accumulate, float* dx)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        for (long i = 0; i < count; i += TVector.Width)
        {
            TFunction.ValueAndDerivative(TVector.Load(x + i), out TVector slope);
            TVector gradient = TVector.Load(dy + i) * slope;
            (accumulate ? TVector.Load(dx + i) + gradient : gradient).Store(dx + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe TVector WithBias<TVector>(float* x, float* bias, long i) where TVector : struct, IFloatVector<TVector> =>
        bias == null ? TVector.Load(x + i) : TVector.Load(x + i) + TVector.Load(bias + i);

    private unsafe struct ForwardWork : IElementwiseWork
    {
        public float* X, Y;
        public GeluKind Kind;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector> =>
            KindOf<TVector>(X + first, null, count, Kind, Y + first, null);
    }

    private unsafe struct BackwardWork : IElementwiseWork
    {
        public float* Dy, X, Dx;
        public GeluKind Kind;
        public bool Accumulate;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>
        {
            float* dy = Dy + first, x = X + first, dx = Dx + first;
            switch (Kind)
            {
                case GeluKind.Erf: BackwardRange<TVector, ErfGelu>(dy, x, count, Accumulate, dx); break;
                case GeluKind.Quick: BackwardRange<TVector, QuickGelu>(dy, x, count, Accumulate, dx); break;
                default: BackwardRange<TVector, TanhGelu>(dy, x, count, Accumulate, dx); break;
            }
        }
    }
}
