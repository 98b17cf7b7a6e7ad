namespace Avion.Compute;

public static partial class Concatenation
{
    internal static unsafe void CpuForward(WorkerPool workers, float* a, SequenceOffsets aOffsets, float* b, SequenceOffsets bOffsets,
        int columns, float* y)
    {
        ForwardWork work = new() { A = a, B = b, Y = y, First = aOffsets, Second = bOffsets, Columns = columns };
        workers.Run(aOffsets.Count, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, SequenceOffsets aOffsets, SequenceOffsets bOffsets,
        bool isSecond, int columns, bool accumulate, float* gradient)
    {
        BackwardWork work = new()
        {
            Dy = dy, Gradient = gradient, First = aOffsets, Second = bOffsets, IsSecond = isSecond, Accumulate = accumulate,
            Columns = columns,
        };
        workers.Run(aOffsets.Count, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* A, B, Y;
        public SequenceOffsets First, Second;
        public int Columns;

        public readonly void Execute(int chunk, int worker)
        {
            int firstCount = First.Length(chunk) * Columns, secondCount = Second.Length(chunk) * Columns;
            float* target = Y + ((long)(First.Start(chunk) + Second.Start(chunk)) * Columns);
            RowArithmetic.Copy(A + ((long)First.Start(chunk) * Columns), firstCount, target);
            RowArithmetic.Copy(B + ((long)Second.Start(chunk) * Columns), secondCount, target + firstCount);
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Gradient;
        public SequenceOffsets First, Second;
        public bool IsSecond, Accumulate;
        public int Columns;

        public readonly void Execute(int chunk, int worker)
        {
            SequenceOffsets own = IsSecond ? Second : First;
            int row = First.Start(chunk) + Second.Start(chunk) + (IsSecond ? First.Length(chunk) : 0);
            RowArithmetic.CopyOrAdd(
                Dy + ((long)row * Columns), own.Length(chunk) * Columns, Accumulate, Gradient + ((long)own.Start(chunk) * Columns));
        }
    }
}
