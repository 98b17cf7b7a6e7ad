namespace Avion.Compute;

public static partial class Add
{
    private static unsafe void CpuForward<TLeft, T>(CpuDevice cpu, Tensor a, Tensor b, Tensor y) where TLeft : unmanaged where T : unmanaged =>
        Elementwise.Run(cpu.Workers, y.Count, new Work<TLeft, T> { A = a.Pointer<TLeft>(), B = b.Pointer<T>(), Y = y.Pointer<T>() });

    internal static unsafe void Range<TVector, TLeft, TRight, T>(TLeft* a, TRight* b, long count, T* y)
        where TVector : struct, IFloatVector<TVector>
        where TLeft : unmanaged
        where TRight : unmanaged
        where T : unmanaged
    {
        long i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            (TVector.Load(a + i) + TVector.Load(b + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = Element.Of<T>(Element.Number(a[i]) + Element.Number(b[i]));
        }
    }

    private unsafe struct Work<TLeft, T> : IElementwiseWork where TLeft : unmanaged where T : unmanaged
    {
        public TLeft* A;
        public T* B, Y;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector> =>
            Range<TVector, TLeft, T, T>(A + first, B + first, count, Y + first);
    }
}
