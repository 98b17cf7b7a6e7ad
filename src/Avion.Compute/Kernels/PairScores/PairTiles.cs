// b own rows · n rows they are paired with · E columns (embedding)

namespace Avion.Compute;

/// <summary>The scores s · x[i]·y[j] of own rows x with all rows y, a tile at a time, for losses over pairs.</summary>
/// <remarks>
/// Scores are computed once for the loss, and again for the gradients of x (some own rows against all) and of y (all own rows
/// against some), so that no worker holds more than a tile of <see cref="TileRows"/> rows or columns. Tiles depend on b and n alone.
/// Rows of bfloat16 are widened once, so that products are float32's; gradients of theirs are rounded once, as they are written.
/// </remarks>
internal readonly unsafe struct PairTiles
{
    /// <summary>Rows, or columns, of a tile.</summary>
    public const int TileRows = 64;

    private readonly CpuDevice _cpu;
    private readonly float* _x, _y, _scratch;
    private readonly int _ownRows, _allRows, _columns;
    private readonly float _scale;
    private readonly long _workerScratch;

    /// <summary>Prepares the rows.</summary>
    /// <param name="cpu">Where.</param>
    /// <param name="x">[b, E].</param>
    /// <param name="y">[n, E].</param>
    /// <param name="scale">s.</param>
    /// <param name="scratch">What <see cref="Scratch"/> took.</param>
    public PairTiles(CpuDevice cpu, Tensor x, Tensor y, float scale, float* scratch)
    {
        _cpu = cpu;
        _scale = scale;
        _scratch = scratch;
        _workerScratch = WorkerScratch(x, y);
        (_ownRows, _allRows, _columns) = (x.Shape.Rows, y.Shape.Rows, x.Shape.Columns);
        if (x.Type == ElementType.Float32)
        {
            _x = x.Pointer<float>();
            _y = y.Pointer<float>();
            return;
        }

        _x = scratch + (cpu.Workers.WorkerCount * _workerScratch);
        _y = _x + x.Count;
        Cast.CpuRun(cpu, x.Pointer<BFloat16>(), x.Count, _x);
        Cast.CpuRun(cpu, y.Pointer<BFloat16>(), y.Count, _y);
    }

    /// <summary>Takes scratch for the tiles of all workers, and for rows that must be widened.</summary>
    public static ScratchLease Scratch(CpuDevice cpu, Tensor x, Tensor y) =>
        cpu.Scratch.Take((cpu.Workers.WorkerCount * WorkerScratch(x, y)) + CallScratch(x, y));

    /// <summary>Plans the same.</summary>
    public static void PlanScratch(PlanningDevice plan, Tensor x, Tensor y) => plan.PlanCpuScratch(CallScratch(x, y), WorkerScratch(x, y));

    // A tile of scores, and one of gradients before they are rounded.
    private static long WorkerScratch(Tensor x, Tensor y) =>
        TileRows * (long)(Math.Max(x.Shape.Rows, y.Shape.Rows) + (x.Type == ElementType.Float32 ? 0 : x.Shape.Columns));

    private static long CallScratch(Tensor x, Tensor y) => x.Type == ElementType.Float32 ? 0 : x.Count + y.Count;

    /// <summary>Shows the loss all scores, own row by own row.</summary>
    public void Forward<TLoss>(in TLoss loss) where TLoss : struct, IPairLoss
    {
        ForwardWork<TLoss> work = new() { Tiles = this, Loss = loss };
        _cpu.Workers.Run(TileCount(_ownRows), ref work);
    }

    /// <summary>dx = factor · s · g y, or dx += that; dx may be absent when only what the loss itself keeps is wanted.</summary>
    public void BackwardRows<TLoss>(in TLoss loss, float factor, bool accumulate, Tensor dx) where TLoss : struct, IPairLoss
    {
        GradientWork<TLoss> work = new() { Tiles = this, Loss = loss, Factor = factor * _scale, Accumulate = accumulate, Gradient = dx };
        _cpu.Workers.Run(TileCount(_ownRows), ref work);
    }

    /// <summary>dy = factor · s · gᵀ x, or dy += that.</summary>
    public void BackwardColumns<TLoss>(in TLoss loss, float factor, bool accumulate, Tensor dy) where TLoss : struct, IPairLoss
    {
        GradientWork<TLoss> work = new()
        {
            Tiles = this, Loss = loss, Factor = factor * _scale, Accumulate = accumulate, Gradient = dy, IsOfColumns = true,
        };
        _cpu.Workers.Run(TileCount(_allRows), ref work);
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
        _cpu.Matrix.Multiply(false, true, end - first, _allRows, _columns, _scale, _x + ((long)first * _columns), _columns, _y, _columns, 0,
            scores, _allRows);
        return scores;
    }

    private float* ScoresOfColumns(int first, int end, int worker)
    {
        float* scores = ScratchOf(worker);
        _cpu.Matrix.Multiply(false, true, _ownRows, end - first, _columns, _scale, _x, _columns, _y + ((long)first * _columns), _columns, 0,
            scores, end - first);
        return scores;
    }

    private float* ScratchOf(int worker) => _scratch + (worker * _workerScratch);

    private static (int First, int End) Tile(int chunk, int rows) => (chunk * TileRows, Math.Min(rows, (chunk + 1) * TileRows));

    private struct ForwardWork<TLoss> : IParallelWork where TLoss : struct, IPairLoss
    {
        public PairTiles Tiles;
        public TLoss Loss;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles._ownRows);
            float* scores = Tiles.ScoresOfRows(first, end, worker);
            for (int i = first; i < end; i++)
            {
                Loss.Forward(scores + ((long)(i - first) * Tiles._allRows), i);
            }
        }
    }

    private struct GradientWork<TLoss> : IParallelWork where TLoss : struct, IPairLoss
    {
        public PairTiles Tiles;
        public TLoss Loss;
        public float Factor;
        public bool Accumulate, IsOfColumns;
        public Tensor Gradient;

        public readonly void Execute(int chunk, int worker)
        {
            if (IsOfColumns)
            {
                ExecuteColumns(chunk, worker);
            }
            else
            {
                ExecuteRows(chunk, worker);
            }
        }

        private readonly void ExecuteRows(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles._ownRows);
            float* g = Tiles.ScoresOfRows(first, end, worker);
            for (int i = first; i < end; i++)
            {
                Loss.Gradients(g + ((long)(i - first) * Tiles._allRows), i, 0, Tiles._allRows);
            }

            if (!Gradient.IsAbsent)
            {
                Write(first, end, false, Tiles._allRows, g, Tiles._allRows, Tiles._y, worker);
            }
        }

        private readonly void ExecuteColumns(int chunk, int worker)
        {
            (int first, int end) = Tile(chunk, Tiles._allRows);
            float* g = Tiles.ScoresOfColumns(first, end, worker);
            for (int i = 0; i < Tiles._ownRows; i++)
            {
                Loss.Gradients(g + ((long)i * (end - first)), i, first, end - first);
            }

            Write(first, end, true, Tiles._ownRows, g, end - first, Tiles._x, worker);
        }

        /// <summary>Rows first to end of the gradient: factor · op(g) · other.</summary>
        private readonly void Write(int first, int end, bool transposes, int depth, float* g, int stride, float* other, int worker)
        {
            int rows = end - first, columns = Tiles._columns;
            long at = (long)first * columns;
            if (Gradient.Type == ElementType.Float32)
            {
                Tiles._cpu.Matrix.Multiply(transposes, false, rows, columns, depth, Factor, g, stride, other, columns, Accumulate ? 1 : 0,
                    Gradient.Pointer<float>() + at, columns);
                return;
            }

            float* sums = Tiles.ScratchOf(worker) + ((long)TileRows * Math.Max(Tiles._ownRows, Tiles._allRows));
            Tiles._cpu.Matrix.Multiply(transposes, false, rows, columns, depth, Factor, g, stride, other, columns, 0, sums, columns);
            RowArithmetic.CopyOrAdd(sums, rows * columns, Accumulate, Gradient.Pointer<BFloat16>() + at);
        }
    }
}
