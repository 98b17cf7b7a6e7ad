using System;

namespace Avion.Compute;

public static partial class Gelu
{
    private const int ChunkElements = 8 * 1024;

    internal static unsafe void CpuForward(WorkerPool workers, float* x, long count, GeluKind kind, float* y)
    {
        Work work = new() { X = x, Count = count, Kind = kind, Y = y };
        workers.Run((int)((count + ChunkElements - 1) / ChunkElements), ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, float* x, long count, GeluKind kind, bool accumulate, float* dx)
    {
        Work work = new() { Dy = dy, X = x, Count = count, Kind = kind, Accumulate = accumulate, Y = dx };
        workers.Run((int)((count + ChunkElements - 1) / ChunkElements), ref work);
    }

    /// <summary>y and, unless null, the derivative of a range, on the thread it is called on. Either may be x.</summary>
    internal static unsafe void CpuRange(float* x, long count, GeluKind kind, float* y, float* derivative)
    {
        switch (VectorWidth.Bits)
        {
            case 512: KindOf<FloatVector512>(x, count, kind, y, derivative); break;
            case 256: KindOf<FloatVector256>(x, count, kind, y, derivative); break;
            case 128: KindOf<FloatVector128>(x, count, kind, y, derivative); break;
            default: KindOf<FloatScalar>(x, count, kind, y, derivative); break;
        }
    }

    private static unsafe void KindOf<TVector>(float* x, long count, GeluKind kind, float* y, float* derivative)
        where TVector : struct, IFloatVector<TVector>
    {
        switch (kind)
        {
            case GeluKind.Erf: ForwardRange<TVector, ErfGelu>(x, count, y, derivative); break;
            case GeluKind.Quick: ForwardRange<TVector, QuickGelu>(x, count, y, derivative); break;
            default: ForwardRange<TVector, TanhGelu>(x, count, y, derivative); break;
        }
    }

    private static unsafe void ForwardRange<TVector, TFunction>(float* x, long count, float* y, float* derivative)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        long i = 0;
        if (derivative == null)
        {
            for (; i <= count - TVector.Width; i += TVector.Width)
            {
                TFunction.Value(TVector.Load(x + i)).Store(y + i);
            }

            for (; i < count; i++)
            {
                TFunction.Value(FloatScalar.Load(x + i)).Store(y + i);
            }

            return;
        }

        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TVector value = TFunction.ValueAndDerivative(TVector.Load(x + i), out TVector slope);
            value.Store(y + i);
            slope.Store(derivative + i);
        }

        for (; i < count; i++)
        {
            FloatScalar value = TFunction.ValueAndDerivative(FloatScalar.Load(x + i), out FloatScalar slope);
            value.Store(y + i);
            slope.Store(derivative + i);
        }
    }

    private static unsafe void BackwardRange<TVector, TFunction>(float* dy, float* x, long count, bool accumulate, float* dx)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        long i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            TFunction.ValueAndDerivative(TVector.Load(x + i), out TVector slope);
            TVector gradient = TVector.Load(dy + i) * slope;
            (accumulate ? TVector.Load(dx + i) + gradient : gradient).Store(dx + i);
        }

        for (; i < count; i++)
        {
            TFunction.ValueAndDerivative(FloatScalar.Load(x + i), out FloatScalar slope);
            FloatScalar gradient = FloatScalar.Load(dy + i) * slope;
            (accumulate ? FloatScalar.Load(dx + i) + gradient : gradient).Store(dx + i);
        }
    }

    /// <summary>Forward if there is no gradient, else backward.</summary>
    private unsafe struct Work : IParallelWork
    {
        public float* Dy, X, Y;
        public long Count;
        public GeluKind Kind;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            long start = (long)chunk * ChunkElements;
            long count = Math.Min(ChunkElements, Count - start);
            if (Dy == null)
            {
                CpuRange(X + start, count, Kind, Y + start, null);
                return;
            }

            switch (VectorWidth.Bits)
            {
                case 512: BackwardKind<FloatVector512>(start, count); break;
                case 256: BackwardKind<FloatVector256>(start, count); break;
                case 128: BackwardKind<FloatVector128>(start, count); break;
                default: BackwardKind<FloatScalar>(start, count); break;
            }
        }

        private readonly void BackwardKind<TVector>(long start, long count) where TVector : struct, IFloatVector<TVector>
        {
            switch (Kind)
            {
                case GeluKind.Erf: BackwardRange<TVector, ErfGelu>(Dy + start, X + start, count, Accumulate, Y + start); break;
                case GeluKind.Quick: BackwardRange<TVector, QuickGelu>(Dy + start, X + start, count, Accumulate, Y + start); break;
                default: BackwardRange<TVector, TanhGelu>(Dy + start, X + start, count, Accumulate, Y + start); break;
            }
        }
    }
}
