namespace Avion.Compute;

public static partial class CrossEntropy
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* logits, float* target, int rows, int columns, float* logSumExp, float* loss)
    {
        using ScratchLease scratch = cpu.Scratch.Take(rows);
        float* rowLoss = scratch.Floats;
        ForwardWork work = new() { Logits = logits, Target = target, Columns = columns, RowLoss = rowLoss, LogSumExp = logSumExp };
        cpu.Workers.Run(rows, ref work);
        double total = 0;
        for (int b = 0; b < rows; b++)
        {
            total += rowLoss[b];
        }

        *loss = rows == 0 ? 0 : (float)(total / rows);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float dloss, float* logits, float* target, float* logSumExp,
        int rows, int columns, bool accumulate, float* dlogits)
    {
        BackwardWork work = new()
        {
            Logits = logits, Target = target, LogSumExp = logSumExp, Columns = columns, Factor = dloss / rows, Accumulate = accumulate,
            Dlogits = dlogits,
        };
        workers.Run(rows, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* Logits, Target, RowLoss, LogSumExp;
        public int Columns;

        public readonly void Execute(int b, int worker)
        {
            float* logits = Logits + ((long)b * Columns), target = Target + ((long)b * Columns);
            float largest = float.NegativeInfinity;
            for (int c = 0; c < Columns; c++)
            {
                largest = MathF.Max(largest, logits[c]);
            }

            double sum = 0, loss = 0;
            for (int c = 0; c < Columns; c++)
            {
                sum += MathF.Exp(logits[c] - largest);
            }

            double logSum = largest + Math.Log(sum);
            for (int c = 0; c < Columns; c++)
            {
                loss += target[c] * (logSum - logits[c]);
            }

            LogSumExp[b] = (float)logSum;
            RowLoss[b] = (float)loss;
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Logits, Target, LogSumExp, Dlogits;
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
                float value = Factor * ((MathF.Exp(Logits[i] - LogSumExp[b]) * (float)mass) - Target[i]);
                Dlogits[i] = Accumulate ? Dlogits[i] + value : value;
            }
        }
    }
}
