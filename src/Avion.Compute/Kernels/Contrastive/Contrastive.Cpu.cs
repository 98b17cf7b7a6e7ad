using System;

namespace Avion.Compute;

public static partial class Contrastive
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* y, int b, int n, int columns, float logScale, int firstLabel, float weight,
        float* scratch, float* rowTerms, float* lse, float* loss, float* accuracy)
    {
        LogitTiles tiles = new(cpu.Matrix, x, y, b, n, columns, MathF.Exp(logScale), firstLabel, scratch);
        ForwardWork work = new() { Tiles = tiles, Lse = lse, RowLosses = rowTerms, RowHits = rowTerms + b };
        cpu.Workers.Run(TileCount(b), ref work);
        *loss += (float)(weight * Sum(rowTerms, b) / Math.Max(1, b));
        if (accuracy != null)
        {
            *accuracy = (float)(Sum(rowTerms + b, b) / Math.Max(1, b));
        }
    }

    internal static unsafe void CpuBackwardRows(CpuDevice cpu, float dloss, float* x, float* y, int b, int n, int columns, float logScale,
        int firstLabel, float weight, float* lse, float* scratch, float* rowTerms, bool accumulate, float* dx, float* dlogScale)
    {
        LogitTiles tiles = new(cpu.Matrix, x, y, b, n, columns, MathF.Exp(logScale), firstLabel, scratch);
        RowGradientWork work = new() { Tiles = tiles, Lse = lse, RowTerms = rowTerms, Accumulate = accumulate, Dx = dx, Factor = dloss * weight / b };
        cpu.Workers.Run(TileCount(b), ref work);
        if (dlogScale != null)
        {
            *dlogScale += (float)(work.Factor * Sum(rowTerms, b));
        }
    }

    internal static unsafe void CpuBackwardColumns(CpuDevice cpu, float dloss, float* x, float* y, int b, int n, int columns, float logScale,
        int firstLabel, float weight, float* lse, float* scratch, bool accumulate, float* dy)
    {
        LogitTiles tiles = new(cpu.Matrix, x, y, b, n, columns, MathF.Exp(logScale), firstLabel, scratch);
        ColumnGradientWork work = new() { Tiles = tiles, Lse = lse, Accumulate = accumulate, Dy = dy, Factor = dloss * weight / Math.Max(1, b) };
        cpu.Workers.Run(TileCount(n), ref work);
    }

    private static int TileCount(int rows) => (rows + TileRows - 1) / TileRows;

    private static unsafe double Sum(float* terms, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += terms[i];
        }

        return sum;
    }

    /// <summary>Makes tiles of logits, some rows against all columns or all rows against some columns.</summary>
    private readonly unsafe struct LogitTiles(MatrixLibrary matrix, float* x, float* y, int b, int n, int columns, float scale, int firstLabel,
        float* scratch)
    {
        public readonly MatrixLibrary Matrix = matrix;
        public readonly float* X = x, Y = y;
        public readonly int OwnRows = b, AllRows = n, Columns = columns, FirstLabel = firstLabel;
        public readonly float Scale = scale;

        /// <summary>z[first to end, all], in the worker's scratch.</summary>
        public float* OfRows(int first, int end, int worker)
        {
            float* logits = Scratch(worker);
            Matrix.Multiply(false, true, end - first, AllRows, Columns, Scale, X + ((long)first * Columns), Columns, Y, Columns, 0, logits, AllRows);
            return logits;
        }

        /// <summary>z[all, first to end], in the worker's scratch.</summary>
        public float* OfColumns(int first, int end, int worker)
        {
            float* logits = Scratch(worker);
            Matrix.Multiply(false, true, OwnRows, end - first, Columns, Scale, X, Columns, Y + ((long)first * Columns), Columns, 0, logits, end - first);
            return logits;
        }

        private float* Scratch(int worker) => scratch + ((long)worker * TileRows * Math.Max(OwnRows, AllRows));
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public LogitTiles Tiles;
        public float* Lse, RowLosses, RowHits;

        public readonly void Execute(int chunk, int worker)
        {
            int first = chunk * TileRows, end = Math.Min(Tiles.OwnRows, first + TileRows), n = Tiles.AllRows;
            float* logits = Tiles.OfRows(first, end, worker);
            for (int i = first; i < end; i++, logits += n)
            {
                int label = Tiles.FirstLabel + i;
                float partner = logits[label], largest = RowSoftmax.Max(logits, n);
                RowHits[i] = new ReadOnlySpan<float>(logits, n).IndexOf(largest) == label ? 1 : 0;
                Lse[i] = largest + MathF.Log(RowSoftmax.ExpMinus(logits, n, largest));
                RowLosses[i] = Lse[i] - partner;
            }
        }
    }

    private unsafe struct RowGradientWork : IParallelWork
    {
        public LogitTiles Tiles;
        public float* Lse, RowTerms, Dx;
        public bool Accumulate;
        public float Factor;

        public readonly void Execute(int chunk, int worker)
        {
            int first = chunk * TileRows, end = Math.Min(Tiles.OwnRows, first + TileRows), n = Tiles.AllRows, columns = Tiles.Columns;
            float* p = Tiles.OfRows(first, end, worker);
            for (int i = first; i < end; i++)
            {
                float* row = p + ((long)(i - first) * n), label = row + Tiles.FirstLabel + i;
                float partner = *label;
                RowTerms[i] = RowSoftmax.ExpMinusAndDot(row, n, Lse[i]) - partner;
                *label -= 1;
            }

            if (Dx != null)
            {
                Tiles.Matrix.Multiply(false, false, end - first, columns, n, Factor * Tiles.Scale, p, n, Tiles.Y, columns,
                    Accumulate ? 1 : 0, Dx + ((long)first * columns), columns);
            }
        }
    }

    private unsafe struct ColumnGradientWork : IParallelWork
    {
        public LogitTiles Tiles;
        public float* Lse, Dy;
        public bool Accumulate;
        public float Factor;

        public readonly void Execute(int chunk, int worker)
        {
            int first = chunk * TileRows, end = Math.Min(Tiles.AllRows, first + TileRows), width = end - first, columns = Tiles.Columns;
            float* p = Tiles.OfColumns(first, end, worker);
            for (int i = 0; i < Tiles.OwnRows; i++)
            {
                float* row = p + ((long)i * width);
                RowSoftmax.ExpMinus(row, width, Lse[i]);
                int label = Tiles.FirstLabel + i;
                if (label >= first && label < end)
                {
                    row[label - first] -= 1;
                }
            }

            Tiles.Matrix.Multiply(true, false, width, columns, Tiles.OwnRows, Factor * Tiles.Scale, p, width, Tiles.X, columns,
                Accumulate ? 1 : 0, Dy + ((long)first * columns), columns);
        }
    }
}
