namespace Avion.Compute;

public static partial class CrossEntropy
{
    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor logits, Tensor target, Tensor logSumExp, Tensor loss) where T : unmanaged
    {
        int rows = logits.Shape.Rows;
        using ScratchLease scratch = cpu.Scratch.Take(rows);
        float* rowLoss = scratch.Floats;
        ForwardWork<T> work = new()
        {
            Logits = logits.Pointer<T>(), Target = target.Pointer<float>(), Columns = logits.Shape.Columns, RowLoss = rowLoss,
            LogSumExp = logSumExp.Pointer<float>(),
        };
        cpu.Workers.Run(rows, ref work);
        double total = 0;
        for (int b = 0; b < rows; b++)
        {
            total += rowLoss[b];
        }

        *loss.Pointer<float>() = rows == 0 ? 0 : (float)(total / rows);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dloss, Tensor logits, Tensor target, Tensor logSumExp, bool accumulate,
        Tensor dlogits) where T : unmanaged
    {
        int rows = logits.Shape.Rows;
        BackwardWork<T> work = new()
        {
            Logits = logits.Pointer<T>(), Target = target.Pointer<float>(), LogSumExp = logSumExp.Pointer<float>(),
            Columns = logits.Shape.Columns, Factor = *dloss.Pointer<float>() / rows, Accumulate = accumulate,
            Dlogits = dlogits.Pointer<T>(),
        };
        cpu.Workers.Run(rows, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Logits;
        public float* Target, RowLoss, LogSumExp;
        public int Columns;

        public readonly void Execute(int b, int worker)
        {
            T* logits = Logits + ((long)b * Columns);
            float* target = Target + ((long)b * Columns);
            float largest = float.NegativeInfinity;
            for (int c = 0; c < Columns; c++)
            {
                largest = MathF.Max(largest, Element.Number(logits[c]));
            }

            double sum = 0, loss = 0;
            for (int c = 0; c < Columns; c++)
            {
                sum += MathF.Exp(Element.Number(logits[c]) - largest);
            }

            double logSum = largest + Math.Log(sum);
            for (int c = 0; c < Columns; c++)
            {
                loss += target[c] * (logSum - Element.Number(logits[c]));
            }

            LogSumExp[b] = (float)logSum;
            RowLoss[b] = (float)loss;
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Logits, Dlogits;
        public float* Target, LogSumExp;
        public int Columns;
        public float Factor;
        public bool Accumulate;

        public readonly void Execute(int b, int worker)
        {
            long row = (long)b * Columns;
            double mass = 0;
            for (int c = 0; c < Columns; c++)
            {
                mass += Target[row + c];
            }

            for (long i = row; i < row + Columns; i++)
            {
                float value = Factor * ((MathF.Exp(Element.Number(Logits[i]) - LogSumExp[b]) * (float)mass) - Target[i]);
                Dlogits[i] = Element.Of<T>(Accumulate ? Element.Number(Dlogits[i]) + value : value);
            }
        }
    }
}
