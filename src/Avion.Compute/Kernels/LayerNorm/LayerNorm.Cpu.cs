namespace Avion.Compute;

public static partial class LayerNorm
{
    internal static unsafe void CpuForward(WorkerPool workers, float* x, float* weight, float* bias, int rows, int columns, float epsilon,
        float* y, float* mean, float* rstd)
    {
        ForwardWork work = new()
        {
            X = x, Weight = weight, Bias = bias, Rows = rows, Columns = columns, Epsilon = epsilon, Y = y, Mean = mean, Rstd = rstd,
            ChunkCount = RowChunks.Count(rows),
        };
        workers.RunAtWidth(work.ChunkCount, work);
    }

    internal static unsafe void CpuSumForward(WorkerPool workers, float* x, float* branch, float* weight, float* bias, int rows,
        int columns, float epsilon, float* s, float* y, float* mean, float* rstd)
    {
        ForwardWork work = new()
        {
            Stream = x, Branch = branch, X = s, Weight = weight, Bias = bias, Rows = rows, Columns = columns, Epsilon = epsilon,
            Y = y, Mean = mean, Rstd = rstd, ChunkCount = RowChunks.Count(rows),
        };
        workers.RunAtWidth(work.ChunkCount, work);
    }

    /// <summary>Numbers of scratch of the backward pass: a row for dweight and one for dbias a chunk.</summary>
    private static long CpuPartialCount(int rows, int columns) => 2L * RowChunks.Count(rows) * columns;

    internal static unsafe void CpuBackward(CpuDevice cpu, float* dy, float* x, float* weight, float* mean, float* rstd,
        int rows, int columns, bool accumulate, float* dx, float* dweight, float* dbias)
    {
        using ScratchLease scratch = cpu.Scratch.Take(CpuPartialCount(rows, columns));
        float* partials = scratch.Floats;
        BackwardWork work = new()
        {
            Dy = dy, X = x, Weight = weight, Mean = mean, Rstd = rstd, Rows = rows, Columns = columns, Accumulate = accumulate,
            Partials = partials, Dx = dx, ChunkCount = RowChunks.Count(rows),
        };
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
        for (int chunk = 0; chunk < work.ChunkCount; chunk++)
        {
            AddRow(partials + (2L * chunk * columns), columns, dweight);
            AddRow(partials + (((2L * chunk) + 1) * columns), columns, dbias);
        }
    }

    /// <summary>One row forward: lanes are columns; the last columns that fill no vector go one by one.</summary>
    private static unsafe void ForwardRow<TVector>(float* x, float* weight, float* bias, int columns, float epsilon,
        float* y, float* mean, float* rstd) where TVector : struct, IFloatVector<TVector>
    {
        int tail = columns - (columns % TVector.Width);
        TVector sums = TVector.Zero;
        for (int d = 0; d < tail; d += TVector.Width)
        {
            sums += TVector.Load(x + d);
        }

        float sum = sums.Sum();
        for (int d = tail; d < columns; d++)
        {
            sum += x[d];
        }

        float rowMean = sum / columns;
        TVector means = TVector.Create(rowMean), squareSums = TVector.Zero;
        for (int d = 0; d < tail; d += TVector.Width)
        {
            TVector centred = TVector.Load(x + d) - means;
            squareSums = TVector.MultiplyAdd(centred, centred, squareSums);
        }

        float squares = squareSums.Sum();
        for (int d = tail; d < columns; d++)
        {
            squares += (x[d] - rowMean) * (x[d] - rowMean);
        }

        float rowRstd = 1 / MathF.Sqrt((squares / columns) + epsilon);
        TVector rstds = TVector.Create(rowRstd);
        for (int d = 0; d < tail; d += TVector.Width)
        {
            TVector h = (TVector.Load(x + d) - means) * rstds;
            TVector.MultiplyAdd(h, TVector.Load(weight + d), TVector.Load(bias + d)).Store(y + d);
        }

        for (int d = tail; d < columns; d++)
        {
            y[d] = ((x[d] - rowMean) * rowRstd * weight[d]) + bias[d];
        }

        *mean = rowMean;
        *rstd = rowRstd;
    }

    /// <summary>One row backward: the two means first, then dx and this row's share of dweight and dbias.</summary>
    private static unsafe void BackwardRow<TVector>(float* dy, float* x, float* weight, float mean, float rstd, int columns,
        bool accumulate, float* dx, float* dweight, float* dbias) where TVector : struct, IFloatVector<TVector>
    {
        int tail = columns - (columns % TVector.Width);
        TVector means = TVector.Create(mean), rstds = TVector.Create(rstd);
        TVector gSums = TVector.Zero, ghSums = TVector.Zero;
        for (int d = 0; d < tail; d += TVector.Width)
        {
            TVector dyLanes = TVector.Load(dy + d);
            TVector h = (TVector.Load(x + d) - means) * rstds;
            TVector g = dyLanes * TVector.Load(weight + d);
            gSums += g;
            ghSums = TVector.MultiplyAdd(g, h, ghSums);
            TVector.MultiplyAdd(dyLanes, h, TVector.Load(dweight + d)).Store(dweight + d);
            (TVector.Load(dbias + d) + dyLanes).Store(dbias + d);
        }

        float gSum = gSums.Sum(), ghSum = ghSums.Sum();
        for (int d = tail; d < columns; d++)
        {
            float h = (x[d] - mean) * rstd, g = dy[d] * weight[d];
            gSum += g;
            ghSum += g * h;
            dweight[d] += dy[d] * h;
            dbias[d] += dy[d];
        }

        if (dx == null)
        {
            return;
        }

        float gMean = gSum / columns, ghMean = ghSum / columns;
        TVector gMeans = TVector.Create(gMean), ghMeans = TVector.Create(ghMean);
        for (int d = 0; d < tail; d += TVector.Width)
        {
            TVector h = (TVector.Load(x + d) - means) * rstds;
            TVector g = TVector.Load(dy + d) * TVector.Load(weight + d);
            TVector value = rstds * (g - gMeans - (h * ghMeans));
            (accumulate ? TVector.Load(dx + d) + value : value).Store(dx + d);
        }

        for (int d = tail; d < columns; d++)
        {
            float h = (x[d] - mean) * rstd, g = dy[d] * weight[d];
            float value = rstd * (g - gMean - (h * ghMean));
            dx[d] = accumulate ? dx[d] + value : value;
        }
    }

    private static unsafe void AddRow(float* source, int columns, float* target)
    {
        if (target != null)
        {
            RowArithmetic.Add(source, target, columns, target);
        }
    }

    private unsafe struct ForwardWork : IVectorWork
    {
        public float* X, Weight, Bias, Y, Mean, Rstd;

        /// <summary>If there is a branch, rows of X are first written as the sum of these two.</summary>
        public float* Stream, Branch;

        public int Rows, Columns, ChunkCount;
        public float Epsilon;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                long row = (long)n * Columns;
                if (Branch != null)
                {
                    Add.Range<TVector, float, float, float>(Stream + row, Branch + row, Columns, X + row);
                }

                ForwardRow<TVector>(X + row, Weight, Bias, Columns, Epsilon, Y + row, Mean + n, Rstd + n);
            }
        }
    }

    private unsafe struct BackwardWork : IVectorWork
    {
        public float* Dy, X, Weight, Mean, Rstd, Partials, Dx;
        public int Rows, Columns, ChunkCount;
        public bool Accumulate;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            float* dweight = Partials + (2L * chunk * Columns), dbias = dweight + Columns;
            new Span<float>(dweight, 2 * Columns).Clear();
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                long row = (long)n * Columns;
                BackwardRow<TVector>(Dy + row, X + row, Weight, Mean[n], Rstd[n], Columns, Accumulate,
                    Dx == null ? null : Dx + row, dweight, dbias);
            }
        }
    }
}
