namespace Avion.Compute;

public static partial class LayerNorm
{
    /// <summary>Normalizes s; if there is a branch, rows of s are first written as the sum of those of x and the branch.</summary>
    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, Tensor branch, Tensor weight, Tensor bias, float epsilon, Tensor s,
        Tensor y, Tensor mean, Tensor rstd) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            Stream = x.Pointer<T>(), Branch = branch.Pointer<T>(), X = s.Pointer<T>(), Weight = weight.Pointer<T>(),
            Bias = bias.Pointer<T>(), Rows = x.Shape.Rows, Columns = x.Shape.Columns, Epsilon = epsilon, Y = y.Pointer<T>(),
            Mean = mean.Pointer<float>(), Rstd = rstd.Pointer<float>(), ChunkCount = RowChunks.Count(x.Shape.Rows),
        };
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
    }

    /// <summary>Numbers of scratch of the backward pass: a row for dweight and one for dbias a chunk.</summary>
    private static long CpuPartialCount(int rows, int columns) => 2L * RowChunks.Count(rows) * columns;

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor x, Tensor weight, Tensor mean, Tensor rstd, bool accumulate,
        Tensor dx, Tensor dweight, Tensor dbias) where T : unmanaged
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        using ScratchLease scratch = cpu.Scratch.Take(CpuPartialCount(rows, columns));
        float* partials = scratch.Floats;
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), X = x.Pointer<T>(), Weight = weight.Pointer<T>(), Mean = mean.Pointer<float>(),
            Rstd = rstd.Pointer<float>(), Rows = rows, Columns = columns, Accumulate = accumulate, Partials = partials,
            Dx = dx.Pointer<T>(), ChunkCount = RowChunks.Count(rows),
        };
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
        AddPartials(partials, work.ChunkCount, columns, dweight);
        AddPartials(partials + columns, work.ChunkCount, columns, dbias);
    }

    /// <summary>One row forward: lanes are columns; the last columns that fill no vector go one by one.</summary>
    private static unsafe void ForwardRow<TVector, T>(T* x, T* weight, T* bias, int columns, float epsilon, T* y, float* mean, float* rstd)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
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
            sum += Element.Number(x[d]);
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
            float centred = Element.Number(x[d]) - rowMean;
            squares += centred * centred;
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
            float h = (Element.Number(x[d]) - rowMean) * rowRstd;
            y[d] = Element.Of<T>((h * Element.Number(weight[d])) + Element.Number(bias[d]));
        }

        *mean = rowMean;
        *rstd = rowRstd;
    }

    /// <summary>One row backward: the two means first, then dx and this row's share of dweight and dbias.</summary>
    private static unsafe void BackwardRow<TVector, T>(T* dy, T* x, T* weight, float mean, float rstd, int columns, bool accumulate, T* dx,
        float* dweight, float* dbias)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
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
            float gradient = Element.Number(dy[d]), h = (Element.Number(x[d]) - mean) * rstd, g = gradient * Element.Number(weight[d]);
            gSum += g;
            ghSum += g * h;
            dweight[d] += gradient * h;
            dbias[d] += gradient;
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
            float h = (Element.Number(x[d]) - mean) * rstd, g = Element.Number(dy[d]) * Element.Number(weight[d]);
            float value = rstd * (g - gMean - (h * ghMean));
            dx[d] = Element.Of<T>(accumulate ? Element.Number(dx[d]) + value : value);
        }
    }

    private static unsafe void AddPartials(float* partials, int chunkCount, int columns, Tensor target)
    {
        if (!target.IsAbsent)
        {
            ColumnSum.CpuAddPartials(partials, chunkCount, 2L * columns, columns, target.Pointer<float>());
        }
    }

    private unsafe struct ForwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* Stream, Branch, X, Weight, Bias, Y;
        public float* Mean, Rstd;
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
                    Add.Range<TVector, T, T, T>(Stream + row, Branch + row, Columns, X + row);
                }

                ForwardRow<TVector, T>(X + row, Weight, Bias, Columns, Epsilon, Y + row, Mean + n, Rstd + n);
            }
        }
    }

    private unsafe struct BackwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* Dy, X, Weight, Dx;
        public float* Mean, Rstd, Partials;
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
                BackwardRow<TVector, T>(Dy + row, X + row, Weight, Mean[n], Rstd[n], Columns, Accumulate,
                    Dx == null ? null : Dx + row, dweight, dbias);
            }
        }
    }
}
