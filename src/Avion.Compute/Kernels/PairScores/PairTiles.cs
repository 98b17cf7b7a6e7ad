// b own rows · n rows they are paired with · E columns (embedding)

namespace Avion.Compute;

/// <summary>The scores s · x[i]·y[j] of own rows x with all rows y, a tile at a time, for losses over pairs.</summary>
/// <remarks>
/// Scores are computed once for the loss, and again for the gradients of x (some own rows against all) and of y (all own rows
/// against some), so that no worker holds more than a tile of <see cref="TileRows"/> rows or columns. Tiles depend on b and n alone.
/// </remarks>
internal readonly unsafe struct PairTiles(CpuDevice cpu, float* x, float* y, int ownRows, int allRows, int columns, float scale,
    float* scratch)
{
    /// <summary>Rows, or columns, of a tile.</summary>
    public const int TileRows = 64;

    private MatrixLibrary Matrix => cpu.Matrix;

    private float* X => x;

    private float* Y => y;

    private int OwnRows => ownRows;

    private int AllRows => allRows;

    private int Columns => columns;

    /// <summary>Numbers of scratch that a worker's tile takes.</summary>
    public static long WorkerScratch(int ownRows, int allRows) => (long)TileRows * Math.Max(ownRows, allRows);

    /// <summary>Takes scratch for the tiles of all workers.</summary>
    public static ScratchLease Scratch(CpuDevice cpu, int ownRows, int allRows) =>
        cpu.Scratch.Take(cpu.Workers.WorkerCount * WorkerScratch(ownRows, allRows));

    /// <summary>Shows the loss all scores, own row by own row.</summary>
    public void Forward<TLoss>(in TLoss loss) where TLoss : struct, IPairLoss
    {
        ForwardWork<TLoss> work = new() { Tiles = this, Loss = loss };
        cpu.Workers.Run(TileCount(ownRows), ref work);
    }

    /// <summary>dx = factor · s · g y, or dx += that; dx may be null when only what the loss itself keeps is wanted.</summary>
    public void BackwardRows<TLoss>(in TLoss loss, float factor, bool accumulate, float* dx) where TLoss : struct, IPairLoss
    {
        RowGradientWork<TLoss> work = new() { Tiles = this, Loss = loss, Factor = factor * scale, Accumulate = accumulate, Dx = dx };
        cpu.Workers.Run(TileCount(ownRows), ref work);
    }

    /// <summary>dy = factor · s · gᵀ x, or dy += that.</summary>
    public void BackwardColumns<TLoss>(in TLoss loss, float factor, bool accumulate, float* dy) where TLoss : struct, IPairLoss
    {
        ColumnGradientWork<TLoss> work = new() { Tiles = this, Loss = loss, Factor = factor * scale, Accumulate = accumulate, Dy = dy };
        cpu.Workers.Run(TileCount(allRows), ref work);
    }

    /// <summary>The sum of some terms in their order.</summary>
    public static double Sum(float* terms, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += terms[i];
        }

        return sum;
    }

    private static int TileCount(int rows) => (rows + TileRows - 1) / TileRows;

    private float* ScoresOfRows(int first, int end, int worker)
    {
        float* scores = ScratchOf(worker);
        cpu.Matrix.Multiply(false, true, end - first, allRows, columns, scale, x + ((long)first * columns), columns, y, columns, 0,
            scores, allRows);
        return scores;
    }

    private float* ScoresOfColumns(int first, int end, int worker)
    {
        float* scores = ScratchOf(worker);
        cpu.Matrix.Multiply(false, true, ownRows, end - first, columns, scale, x, columns, y + ((long)first * columns), columns, 0, scores,
            end - first);
        return scores;
    }

    private float* ScratchOf(int worker) => scratch + (worker * WorkerScratch(ownRows, allRows));

    private static (int First, int End) Tile(int chunk, int rows) => (chunk * TileRows, Math.Min(rows, (chunk + 1) * TileRows));

    private struct ForwardWork<TLoss> : IParallelWork where TLoss : struct, IPairLoss
    {
        public PairTiles Tiles;
        public TLoss Loss;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles.OwnRows);
            float* scores = Tiles.ScoresOfRows(first, end, worker);
            for (int i = first; i < end; i++)
            {
                Loss.Forward(scores + ((long)(i - first) * Tiles.AllRows), i);
            }
        }
    }

    private struct RowGradientWork<TLoss> : IParallelWork where TLoss : struct, IPairLoss
    {
        public PairTiles Tiles;
        public TLoss Loss;
        public float Factor;
        public bool Accumulate;
        public float* Dx;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles.OwnRows);
            float* g = Tiles.ScoresOfRows(first, end, worker);
            for (int i = first; i < end; i++)
            {
                Loss.Gradients(g + ((long)(i - first) * Tiles.AllRows), i, 0, Tiles.AllRows);
            }

            if (Dx != null)
            {
                Tiles.Matrix.Multiply(false, false, end - first, Tiles.Columns, Tiles.AllRows, Factor, g, Tiles.AllRows, Tiles.Y,
                    Tiles.Columns, Accumulate ? 1 : 0, Dx + ((long)first * Tiles.Columns), Tiles.Columns);
            }
        }
    }

    private struct ColumnGradientWork<TLoss> : IParallelWork where TLoss : struct, IPairLoss
    {
        public PairTiles Tiles;
        public TLoss Loss;
        public float Factor;
        public bool Accumulate;
        public float* Dy;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles.AllRows);
            float* g = Tiles.ScoresOfColumns(first, end, worker);
            for (int i = 0; i < Tiles.OwnRows; i++)
            {
                Loss.Gradients(g + ((long)i * (end - first)), i, first, end - first);
            }

            Tiles.Matrix.Multiply(true, false, end - first, Tiles.Columns, Tiles.OwnRows, Factor, g, end - first, Tiles.X, Tiles.Columns,
                Accumulate ? 1 : 0, Dy + ((long)first * Tiles.Columns), Tiles.Columns);
        }
    }
}
