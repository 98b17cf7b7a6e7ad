namespace Avion.Compute;

public static partial class PackedAttention
{
    // Few heads are cut into groups of key tiles until there is this much parallel work, each group with query gradients of its own.
    private const int WantedBackwardChunks = 16;

    internal static unsafe void CpuBackward<T>(CpuDevice cpu, in AttentionShape shape, T* dy, T* qkv, T* y, float* lse, bool accumulate, T* dqkv)
        where T : unmanaged
    {
        AttentionTiling tiling = new(shape);
        long partials = PartialCount(shape);
        using ScratchLease scratch = cpu.Scratch.Take(partials + ((long)cpu.Workers.WorkerCount * tiling.BackwardScratch));
        BackwardWork<T> work = new()
        {
            Shape = shape, Tiling = tiling, Dy = dy, Qkv = qkv, Y = y, Lse = lse, Partials = scratch.Floats,
            Scratch = scratch.Floats + partials, Accumulate = accumulate, Dqkv = dqkv, Groups = BackwardGroups(shape),
        };
        cpu.Workers.RunAtWidth(shape.Offsets.Count * shape.HeadCount * work.Groups, work);
        if (work.Groups > 1)
        {
            QuerySumWork<T> sum = new()
            {
                Shape = shape, Tiling = tiling, Partials = work.Partials, Groups = work.Groups, Accumulate = accumulate, Dqkv = dqkv,
            };
            cpu.Workers.Run(shape.Offsets.Count * shape.HeadCount, ref sum);
        }
    }

    /// <summary>Groups of key tiles of one head; 1 if the heads alone are enough parallel work.</summary>
    private static int BackwardGroups(in AttentionShape shape)
    {
        int heads = Math.Max(1, shape.Offsets.Count * shape.HeadCount);
        return Math.Clamp(WantedBackwardChunks / heads, 1, Math.Max(1, AttentionTiling.KeyTiles(shape.Offsets.LongestLength).Count));
    }

    private static long PartialCount(in AttentionShape shape)
    {
        int groups = BackwardGroups(shape);
        return groups == 1 ? 0 : groups * shape.HeadCount * PartialHeadCount(shape, new AttentionTiling(shape));
    }

    /// <summary>Elements of one head's query gradients of all sequences, each with room for what products write beyond.</summary>
    private static long PartialHeadCount(in AttentionShape shape, in AttentionTiling tiling) =>
        (shape.Offsets.TokenCount + ((long)shape.Offsets.Count * PanelProduct.SpareRows)) * tiling.HeadColumns;

    /// <summary>Where a group's query gradients of one head of one sequence lie among the partial sums.</summary>
    private static long PartialStart(in AttentionShape shape, in AttentionTiling tiling, int group, int head, int sequence) =>
        ((((long)group * shape.HeadCount) + head) * PartialHeadCount(shape, tiling))
        + ((shape.Offsets.Start(sequence) + ((long)sequence * PanelProduct.SpareRows)) * tiling.HeadColumns);

    /// <summary>A group of key tiles of one head of one sequence.</summary>
    private unsafe struct BackwardWork<T> : IVectorWork where T : unmanaged
    {
        public AttentionShape Shape;
        public AttentionTiling Tiling;
        public T* Dy, Qkv, Y, Dqkv;
        public float* Lse, Scratch, Partials;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int group = chunk % Groups, head = chunk / Groups % Shape.HeadCount, sequence = chunk / Groups / Shape.HeadCount;
            int length = Shape.Offsets.Length(sequence);
            if (length == 0)
            {
                return;
            }

            EvenTiles tiles = AttentionTiling.KeyTiles(length);
            (int firstTile, int endTile) = Chunks.Range(group, Groups, tiles.Count);
            BackwardHead<T> at = HeadAt(head, sequence, Scratch + ((long)worker * Tiling.BackwardScratch));
            int next = (chunk + 1) / Groups;
            if (next != chunk / Groups && next < Shape.HeadCount * Shape.Offsets.Count)
            {
                long row = Shape.Offsets.Start(next / Shape.HeadCount);
                int column = next % Shape.HeadCount * Shape.HeadSize;
                at.NextQuery = Qkv + (row * Shape.Stride) + column;
                at.NextDy = Dy + (row * Shape.Width) + column;
                at.NextY = Y + (row * Shape.Width) + column;
            }

            if (Groups > 1)
            {
                at.Dqueries = Partials + PartialStart(Shape, Tiling, group, head, sequence);
            }

            int reaching = firstTile == endTile ? length : FirstReachingTile(tiles.First(firstTile), length).First;
            RowArithmetic.Clear(reaching * Tiling.HeadColumns, at.Dqueries);
            PanelPacking.CopyRows<TVector, T>(at.Query + ((long)reaching * Shape.Stride), Shape.Stride, length - reaching, Shape.HeadSize,
                at.Queries + (reaching * Tiling.HeadStride), Tiling.HeadStride);
            PanelPacking.CopyRows<TVector, T>(at.Dy + ((long)reaching * Shape.Width), Shape.Width, length - reaching, Shape.HeadSize,
                at.Dys + (reaching * Tiling.HeadStride), Tiling.HeadStride);
            for (int r = reaching; r < length; r++)
            {
                CachePrefetch.Row(at.Y + ((long)(r + CachePrefetch.RowsAhead) * Shape.Width), Shape.HeadSize);
                at.Deltas[r] = RowArithmetic.Dot<TVector, float, T>(at.Dys + (r * Tiling.HeadStride), at.Y + ((long)r * Shape.Width),
                    Shape.HeadSize);
                at.Shifts[r] = at.Lse[r] * (float)Log2E;
            }

            for (int tile = firstTile; tile < endTile; tile++)
            {
                KeyTileGradients<TVector>(at, tiles.First(tile), tiles.First(tile + 1) - tiles.First(tile), addsToQueries: tile > firstTile);
            }

            if (Groups == 1)
            {
                WriteRows<TVector, T>(at.Dqueries, length, Tiling, Accumulate, at.Dquery, Shape.Stride);
            }
        }

        /// <summary>Gradients of some keys and values, and their share of those of all queries that see them.</summary>
        private readonly void KeyTileGradients<TVector>(in BackwardHead<T> at, int keyFirst, int keys, bool addsToQueries)
            where TVector : struct, IFloatVector<TVector>
        {
            int stride = Shape.Stride, width = Shape.Width, headSize = Shape.HeadSize, headColumns = Tiling.HeadColumns;
            T* key = at.Query + width + ((long)keyFirst * stride);
            PanelPacking.CopyRows<TVector, T>(key, stride, keys, headSize, at.Keys, headColumns);
            PanelPacking.PackTransposed(at.Keys, headColumns, headSize, keys, (float)(Shape.Scale * Log2E), 2 * TVector.Width,
                at.TransposedKeys);
            PanelPacking.PackTransposed(key + width, stride, headSize, keys, 1, 2 * TVector.Width, at.TransposedValues);
            EvenTiles tiles = AttentionTiling.QueryTiles(at.Length);
            int reaching = FirstReachingTile(keyFirst, at.Length).Tile;
            if (Shape.IsCausal)
            {
                // The first tile of queries may not see all keys of the tile.
                RowArithmetic.Clear(Tiling.RowCount(keys), at.Dkeys);
                RowArithmetic.Clear(Tiling.RowCount(keys), at.Dvalues);
            }

            for (int tile = reaching; tile < tiles.Count; tile++)
            {
                bool addsToKeys = Shape.IsCausal || tile > reaching;
                int first = tiles.First(tile), rows = tiles.First(tile + 1) - first;
                int seenKeys = Math.Clamp(Shape.VisibleKeys(first + rows - 1, at.Length) - keyFirst, 0, keys);
                if (Tiling.HeadStride == PanelProduct.NarrowRows.RowStride)
                {
                    ScoreGradients<TVector, PanelProduct.NarrowRows>(at, first, rows, seenKeys, asksAhead: keyFirst == 0);
                }
                else
                {
                    ScoreGradients<TVector, PanelProduct.WideRows>(at, first, rows, seenKeys, asksAhead: keyFirst == 0);
                }

                if (Shape.IsCausal)
                {
                    HideLaterKeys(at, first, rows, keyFirst, seenKeys);
                }

                PanelProduct.Multiply<TVector, PanelProduct.Transposed>(seenKeys, headColumns, rows, at.P,
                    at.Dys + (first * Tiling.HeadStride), Tiling.HeadStride, 2 * TVector.Width, addsToKeys, at.Dvalues, headColumns);
                PanelProduct.Multiply<TVector, PanelProduct.Transposed>(seenKeys, headColumns, rows, at.Ds,
                    at.Queries + (first * Tiling.HeadStride), Tiling.HeadStride, 2 * TVector.Width, addsToKeys, at.Dkeys, headColumns);
                PanelProduct.Multiply<TVector, PanelProduct.AsStored>(rows, headColumns, seenKeys, at.Ds, at.Keys, headColumns,
                    2 * TVector.Width, addsToQueries, at.Dqueries + ((long)first * headColumns), headColumns);
            }

            T* dkey = at.Dquery + width + ((long)keyFirst * stride);
            WriteRows<TVector, T>(at.Dkeys, keys, Tiling, Accumulate, dkey, stride);
            WriteRows<TVector, T>(at.Dvalues, keys, Tiling, Accumulate, dkey + width, stride);
        }

        /// <summary>p = 2^(s - shift) of the scores s, and ds = p (dp - delta) · scale, block by block.</summary>
        private readonly void ScoreGradients<TVector, TRows>(in BackwardHead<T> at, int first, int rows, int keys, bool asksAhead)
            where TVector : struct, IFloatVector<TVector>
            where TRows : PanelProduct.ILeftLayout
        {
            int panelWidth = 2 * TVector.Width, headSize = Shape.HeadSize;
            float* transposedKeys = at.TransposedKeys, transposedValues = at.TransposedValues;
            TVector scales = TVector.Create((float)Shape.Scale);
            for (int column = 0; column < keys; column += panelWidth)
            {
                bool isNarrow = keys - column <= TVector.Width;
                for (int row = 0; row < rows;)
                {
                    int blockRows = PanelProduct.BlockRows<TVector>(rows - row), place = (row * PanelProduct.LeftStride) + column;
                    PanelProduct.Block<TVector, TRows>(blockRows, isNarrow, headSize,
                        at.Queries + ((first + row) * TRows.RowStride), transposedKeys, panelWidth, add: false, at.P + place,
                        PanelProduct.LeftStride);
                    PanelProduct.Block<TVector, TRows>(blockRows, isNarrow, headSize,
                        at.Dys + ((first + row) * TRows.RowStride), transposedValues, panelWidth, add: false, at.Ds + place,
                        PanelProduct.LeftStride);
                    for (int r = 0; r < blockRows; r++)
                    {
                        TVector shift = TVector.Create(at.Shifts[first + row + r]), delta = TVector.Create(at.Deltas[first + row + r]);
                        float* p = at.P + place + (r * PanelProduct.LeftStride), ds = at.Ds + place + (r * PanelProduct.LeftStride);
                        for (int j = 0; j < (isNarrow ? TVector.Width : panelWidth); j += TVector.Width)
                        {
                            TVector probability = VectorMath.Exp2(TVector.Load(p + j) - shift);
                            Rounded<TVector, T>(probability).Store(p + j);
                            Rounded<TVector, T>(probability * scales * (TVector.Load(ds + j) - delta)).Store(ds + j);
                        }
                    }

                    if (asksAhead && at.NextQuery != null)
                    {
                        AskAhead(at, column / panelWidth, first + row, blockRows);
                    }

                    row += blockRows;
                }

                transposedKeys += panelWidth * headSize;
                transposedValues += panelWidth * headSize;
            }
        }

        /// <summary>Asks for some rows of the next head, which comes from a distant cache while this one computes: of one tensor a panel.</summary>
        private readonly void AskAhead(in BackwardHead<T> at, int panel, int first, int rows)
        {
            T* tensor = panel switch
            {
                0 => at.NextQuery,
                1 => at.NextQuery + Shape.Width,
                2 => at.NextQuery + (2 * Shape.Width),
                3 => at.NextDy,
                4 => at.NextY,
                _ => null,
            };
            if (tensor != null)
            {
                nint stride = panel < 3 ? Shape.Stride : Shape.Width;
                for (int r = first; r < first + rows; r++)
                {
                    CachePrefetch.LaterRow(tensor + (r * stride), Shape.HeadSize);
                }
            }
        }

        /// <summary>Clears what queries do not see, up to where products of the keys that any of them sees may reach.</summary>
        private readonly void HideLaterKeys(in BackwardHead<T> at, int first, int rows, int keyFirst, int keys)
        {
            for (int r = 0; r < rows; r++)
            {
                int visible = Math.Clamp(Shape.VisibleKeys(first + r, at.Length) - keyFirst, 0, keys),
                    hidden = (r * PanelProduct.LeftStride) + visible;
                RowArithmetic.Clear(keys - visible + PanelProduct.SpareRows, at.P + hidden);
                RowArithmetic.Clear(keys - visible + PanelProduct.SpareRows, at.Ds + hidden);
            }
        }

        /// <summary>The first tile of queries that see a key, and its first query.</summary>
        private readonly (int Tile, int First) FirstReachingTile(int key, int length)
        {
            EvenTiles tiles = AttentionTiling.QueryTiles(length);
            int tile = 0;
            while (Shape.IsCausal && tiles.First(tile + 1) <= key)
            {
                tile++;
            }

            return (tile, tiles.First(tile));
        }

        private readonly BackwardHead<T> HeadAt(int head, int sequence, float* scratch)
        {
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            long row = ((long)start * Shape.Stride) + (head * Shape.HeadSize),
                narrow = ((long)start * Shape.Width) + (head * Shape.HeadSize);
            return new BackwardHead<T>
            {
                Query = Qkv + row, Dquery = Dqkv + row, Dy = Dy + narrow, Y = Y + narrow,
                Lse = Lse + ((long)head * Shape.Offsets.TokenCount) + start, Length = length,
                Queries = AttentionTiling.Take(ref scratch, Tiling.LeftCount(length)),
                Dys = AttentionTiling.Take(ref scratch, Tiling.LeftCount(length)),
                P = AttentionTiling.Take(ref scratch, Tiling.TileCount),
                Ds = AttentionTiling.Take(ref scratch, Tiling.TileCount),
                TransposedKeys = AttentionTiling.Take(ref scratch, Tiling.TransposedCount(Tiling.TileKeys)),
                TransposedValues = AttentionTiling.Take(ref scratch, Tiling.TransposedCount(Tiling.TileKeys)),
                Keys = AttentionTiling.Take(ref scratch, Tiling.RowCount(Tiling.TileKeys)),
                Dkeys = AttentionTiling.Take(ref scratch, Tiling.RowCount(Tiling.TileKeys)),
                Dvalues = AttentionTiling.Take(ref scratch, Tiling.RowCount(Tiling.TileKeys)),
                Deltas = AttentionTiling.Take(ref scratch, length + PanelProduct.SpareRows),
                Shifts = AttentionTiling.Take(ref scratch, length + PanelProduct.SpareRows),
                Dqueries = scratch,
            };
        }
    }

    private static unsafe void WriteRows<TVector, T>(float* source, int rows, in AttentionTiling tiling, bool accumulate, T* target,
        nint stride)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
    {
        for (int r = 0; r < rows; r++, source += tiling.HeadColumns, target += stride)
        {
            CachePrefetch.Row(target + (CachePrefetch.RowsAhead * stride), tiling.HeadSize);
            RowArithmetic.Scale<TVector, float, T>(source, 1, tiling.HeadSize, accumulate, target);
        }
    }

    /// <summary>Where one head of one sequence lies, and the worker's scratch. Query gradients go
    /// to dqkv in the end, or stay in a group's own memory.</summary>
    private unsafe struct BackwardHead<T> where T : unmanaged
    {
        public T* Query, Dquery, Dy, Y, NextQuery, NextDy, NextY;
        public float* Lse, Queries, Dys, P, Ds, TransposedKeys, TransposedValues, Keys, Dkeys, Dvalues, Deltas, Shifts, Dqueries;
        public int Length;
    }

    /// <summary>One head of one sequence: its query gradients, summed over the groups in their order.</summary>
    private unsafe struct QuerySumWork<T> : IParallelWork where T : unmanaged
    {
        public AttentionShape Shape;
        public AttentionTiling Tiling;
        public float* Partials;
        public T* Dqkv;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int head = chunk % Shape.HeadCount, sequence = chunk / Shape.HeadCount;
            for (int r = 0; r < Shape.Offsets.Length(sequence); r++)
            {
                T* target = Dqkv + ((long)(Shape.Offsets.Start(sequence) + r) * Shape.Stride) + (head * Shape.HeadSize);
                float* sum = Partials + PartialStart(Shape, Tiling, 0, head, sequence) + ((long)r * Tiling.HeadColumns);
                for (int group = 1; group < Groups; group++)
                {
                    float* source = Partials + PartialStart(Shape, Tiling, group, head, sequence) + ((long)r * Tiling.HeadColumns);
                    RowArithmetic.Add(sum, source, Shape.HeadSize, sum);
                }

                RowArithmetic.CopyOrAdd(sum, Shape.HeadSize, Accumulate, target);
            }
        }
    }
}
