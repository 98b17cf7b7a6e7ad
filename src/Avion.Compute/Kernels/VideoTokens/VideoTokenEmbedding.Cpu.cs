namespace Avion.Compute;

public static partial class VideoTokenEmbedding
{
    private const int ColumnsPerChunk = 128;

    internal static unsafe void CpuForward(WorkerPool workers, in VideoTokenShape shape, float* patches, float* classToken,
        float* positions, float* time, float* y)
    {
        ForwardWork work = new() { Shape = shape, Patches = patches, ClassToken = classToken, Positions = positions, Time = time, Y = y };
        workers.Run(shape.ClipCount * shape.TimeCount, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, in VideoTokenShape shape, float* dy, bool accumulate, float* dpatches,
        float* dclassToken, float* dpositions, float* dtime)
    {
        if (dpatches != null)
        {
            PatchGradientWork work = new() { Shape = shape, Dy = dy, Accumulate = accumulate, Dpatches = dpatches };
            workers.Run(shape.ClipCount * shape.TimeCount, ref work);
        }

        if (dclassToken != null || dpositions != null)
        {
            PositionGradientWork work = new() { Shape = shape, Dy = dy, DclassToken = dclassToken, Dpositions = dpositions };
            workers.Run(shape.ClassTokenCount + shape.PatchCount, ref work);
        }

        if (dtime != null)
        {
            TimeGradientWork work = new() { Shape = shape, Dy = dy, Dtime = dtime };
            work.BlockCount = (shape.Columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
            workers.Run(shape.TimeCount * work.BlockCount, ref work);
        }
    }

    /// <summary>The patches of one time step of one clip; its first step also makes the class token.</summary>
    private unsafe struct ForwardWork : IParallelWork
    {
        public VideoTokenShape Shape;
        public float* Patches, ClassToken, Positions, Time, Y;

        public readonly void Execute(int chunk, int worker)
        {
            int clip = chunk / Shape.TimeCount, t = chunk % Shape.TimeCount, columns = Shape.Columns, c = Shape.ClassTokenCount;
            float* tokens = Y + ((long)clip * Shape.TokensPerClip * columns);
            if (t == 0 && c == 1)
            {
                RowArithmetic.Add(ClassToken, Positions, columns, tokens);
            }

            for (int s = 0; s < Shape.PatchCount; s++)
            {
                float* token = tokens + ((c + ((long)t * Shape.PatchCount) + s) * columns);
                float* patch = Patches + ((((long)chunk * Shape.PatchCount) + s) * columns);
                RowArithmetic.Add(patch, Positions + ((long)(c + s) * columns), columns, token);
                if (Time != null)
                {
                    RowArithmetic.Add(token, Time + ((long)t * columns), columns, token);
                }
            }
        }
    }

    private unsafe struct PatchGradientWork : IParallelWork
    {
        public VideoTokenShape Shape;
        public float* Dy, Dpatches;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int clip = chunk / Shape.TimeCount, t = chunk % Shape.TimeCount;
            int count = Shape.PatchCount * Shape.Columns;
            float* source = Dy + ((((long)clip * Shape.TokensPerClip) + Shape.ClassTokenCount
                + ((long)t * Shape.PatchCount)) * Shape.Columns);
            RowArithmetic.CopyOrAdd(source, count, Accumulate, Dpatches + ((long)chunk * count));
        }
    }

    /// <summary>One row of the position table: the sum over clips and time steps; row 0 with a class token is the class token's.</summary>
    private unsafe struct PositionGradientWork : IParallelWork
    {
        public VideoTokenShape Shape;
        public float* Dy, DclassToken, Dpositions;

        public readonly void Execute(int chunk, int worker)
        {
            int columns = Shape.Columns;
            bool isClass = chunk < Shape.ClassTokenCount;
            for (int clip = 0; clip < Shape.ClipCount; clip++)
            {
                float* tokens = Dy + ((long)clip * Shape.TokensPerClip * columns);
                for (int t = 0; t < (isClass ? 1 : Shape.TimeCount); t++)
                {
                    float* row = tokens + ((((long)t * Shape.PatchCount) + chunk) * columns);
                    AddIfWanted(row, columns, Dpositions == null ? null : Dpositions + ((long)chunk * columns));
                    AddIfWanted(row, columns, isClass ? DclassToken : null);
                }
            }
        }

        private static void AddIfWanted(float* row, int columns, float* target)
        {
            if (target != null)
            {
                RowArithmetic.Add(row, target, columns, target);
            }
        }
    }

    /// <summary>A block of columns of one row of the time table: the sum over clips and patches.</summary>
    private unsafe struct TimeGradientWork : IParallelWork
    {
        public VideoTokenShape Shape;
        public float* Dy, Dtime;
        public int BlockCount;

        public readonly void Execute(int chunk, int worker)
        {
            int t = chunk / BlockCount;
            (int first, int end) = Chunks.Range(chunk % BlockCount, BlockCount, Shape.Columns);
            float* target = Dtime + ((long)t * Shape.Columns) + first;
            for (int clip = 0; clip < Shape.ClipCount; clip++)
            {
                long token = ((long)clip * Shape.TokensPerClip) + Shape.ClassTokenCount + ((long)t * Shape.PatchCount);
                for (int s = 0; s < Shape.PatchCount; s++)
                {
                    RowArithmetic.Add(Dy + ((token + s) * Shape.Columns) + first, target, end - first, target);
                }
            }
        }
    }
}
