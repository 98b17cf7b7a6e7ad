namespace Avion.Compute;

/// <summary>A product as parallel work: a chunk is a tile of C, one call of the library and what finishes the tile.</summary>
internal unsafe struct MatrixTileWork<TEpilogue> : IParallelWork where TEpilogue : struct, ITileEpilogue
{
    private readonly MatrixLibrary _library;
    private readonly MatrixOperands _operands;
    private readonly int _rowTiles, _columnTiles;
    private TEpilogue _epilogue;

    /// <summary>Cuts a product as <see cref="MatrixTiles"/> does.</summary>
    public MatrixTileWork(CpuDevice cpu, in MatrixOperands operands, in TEpilogue epilogue)
    {
        (int rowTiles, int columnTiles) = MatrixTiles.For(operands.TransposeA, operands.M, operands.N, operands.K);
        this = new(cpu, operands, rowTiles, columnTiles, epilogue);
    }

    /// <summary>Cuts a product into so many tiles.</summary>
    public MatrixTileWork(CpuDevice cpu, in MatrixOperands operands, int rowTiles, int columnTiles, in TEpilogue epilogue)
    {
        (_library, _operands, _rowTiles, _columnTiles, _epilogue) = (cpu.Matrix, operands, rowTiles, columnTiles, epilogue);
        ScratchPerWorker = MatrixProduct.ScratchPerWorker(operands.ResultType, operands.M, operands.N, rowTiles, columnTiles);
    }

    /// <summary>Number of tiles.</summary>
    public readonly int ChunkCount => _rowTiles * _columnTiles;

    /// <summary>Numbers that a worker takes of <see cref="Scratch"/>.</summary>
    public long ScratchPerWorker { get; }

    /// <summary>Memory for tiles of all workers, unless they are computed in place.</summary>
    public float* Scratch { get; set; }

    public void Execute(int chunk, int worker)
    {
        // Row by row: a worker's share of the tiles covers rows that it has in its cache from the operation before.
        (int firstRow, int rows) = MatrixTiles.Part(chunk / _columnTiles, _rowTiles, _operands.M);
        (int firstColumn, int columns) = MatrixTiles.Part(chunk % _columnTiles, _columnTiles, _operands.N);
        if (rows == 0 || columns == 0)
        {
            return;
        }

        bool isInPlace = ScratchPerWorker == 0;
        MatrixTile tile = new()
        {
            FirstRow = firstRow, RowCount = rows, FirstColumn = firstColumn, ColumnCount = columns,
            Numbers = isInPlace ? (float*)_operands.C + ((long)firstRow * _operands.StrideC) + firstColumn
                : Scratch + (worker * ScratchPerWorker),
            Stride = isInPlace ? _operands.StrideC : columns,
        };
        _operands.Multiply(_library, tile, accumulate: _operands.Accumulate && isInPlace);
        _epilogue.Apply(tile);
    }
}
