namespace Avion.Compute;

public static partial class VideoTokenEmbedding
{
    private const int ColumnsPerChunk = 128;

    private static unsafe void CpuForward<T>(CpuDevice cpu, in VideoTokenShape shape, Tensor patches, Tensor classToken, Tensor positions,
        Tensor time, Tensor y) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            Shape = shape, Patches = patches.Pointer<T>(), ClassToken = classToken.Pointer<T>(), Positions = positions.Pointer<T>(),
            Time = time.Pointer<T>(), Y = y.Pointer<T>(),
        };
        cpu.Workers.RunAtWidth(shape.ClipCount * shape.TimeCount, work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, in VideoTokenShape shape, Tensor dy, bool accumulate, Tensor dpatches,
        Tensor dclassToken, Tensor dpositions, Tensor dtime) where T : unmanaged
    {
        T* gradients = dy.Pointer<T>();
        if (!dpatches.IsAbsent)
        {
            PatchGradientWork<T> work = new() { Shape = shape, Dy = gradients, Accumulate = accumulate, Dpatches = dpatches.Pointer<T>() };
            cpu.Workers.Run(shape.ClipCount * shape.TimeCount, ref work);
        }

        if (!dclassToken.IsAbsent || !dpositions.IsAbsent)
        {
            PositionGradientWork<T> work = new()
            {
                Shape = shape, Dy = gradients, DclassToken = dclassToken.Pointer<float>(), Dpositions = dpositions.Pointer<float>(),
            };
            cpu.Workers.Run(shape.ClassTokenCount + shape.PatchCount, ref work);
        }

        if (!dtime.IsAbsent)
        {
            TimeGradientWork<T> work = new() { Shape = shape, Dy = gradients, Dtime = dtime.Pointer<float>() };
            work.BlockCount = (shape.Columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
            cpu.Workers.Run(shape.TimeCount * work.BlockCount, ref work);
        }
    }

    /// <summary>The patches of one time step of one clip; its first step also makes the class token.</summary>
    private unsafe struct ForwardWork<T> : IVectorWork where T : unmanaged
    {
        public VideoTokenShape Shape;
        public T* Patches, ClassToken, Positions, Time, Y;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int clip = chunk / Shape.TimeCount, t = chunk % Shape.TimeCount, columns = Shape.Columns, c = Shape.ClassTokenCount;
            T* tokens = Y + ((long)clip * Shape.TokensPerClip * columns);
            if (t == 0 && c == 1)
            {
                RowArithmetic.Add(ClassToken, Positions, columns, tokens);
            }

            for (int s = 0; s < Shape.PatchCount; s++)
            {
                T* token = tokens + ((c + ((long)t * Shape.PatchCount) + s) * columns);
                T* patch = Patches + ((((long)chunk * Shape.PatchCount) + s) * columns), position = Positions + ((long)(c + s) * columns);
                if (Time == null)
                {
                    RowArithmetic.Add(patch, position, columns, token);
                }
                else
                {
                    Add<TVector>(patch, position, Time + ((long)t * columns), columns, token);
                }
            }
        }

        /// <summary>The sum of three rows, each number rounded once.</summary>
        private static void Add<TVector>(T* a, T* b, T* c, int count, T* sum) where TVector : struct, IFloatVector<TVector>
        {
            int d = 0;
            for (; d <= count - TVector.Width; d += TVector.Width)
            {
                (TVector.Load(a + d) + TVector.Load(b + d) + TVector.Load(c + d)).Store(sum + d);
            }

            for (; d < count; d++)
            {
                (FloatScalar.Load(a + d) + FloatScalar.Load(b + d) + FloatScalar.Load(c + d)).Store(sum + d);
            }
        }
    }

    private unsafe struct PatchGradientWork<T> : IParallelWork where T : unmanaged
    {
        public VideoTokenShape Shape;
        public T* Dy, Dpatches;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int clip = chunk / Shape.TimeCount, t = chunk % Shape.TimeCount;
            int count = Shape.PatchCount * Shape.Columns;
            T* source = Dy + ((((long)clip * Shape.TokensPerClip) + Shape.ClassTokenCount
                + ((long)t * Shape.PatchCount)) * Shape.Columns);
            RowArithmetic.CopyOrAdd(source, count, Accumulate, Dpatches + ((long)chunk * count));
        }
    }

    /// <summary>One row of the position table: the sum over clips and time steps; row 0 with a class token is the class token's.</summary>
    private unsafe struct PositionGradientWork<T> : IParallelWork where T : unmanaged
    {
        public VideoTokenShape Shape;
        public T* Dy;
        public float* DclassToken, Dpositions;

        public readonly void Execute(int chunk, int worker)
        {
            int columns = Shape.Columns;
            bool isClass = chunk < Shape.ClassTokenCount;
            for (int clip = 0; clip < Shape.ClipCount; clip++)
            {
                T* tokens = Dy + ((long)clip * Shape.TokensPerClip * columns);
                for (int t = 0; t < (isClass ? 1 : Shape.TimeCount); t++)
                {
                    T* row = tokens + ((((long)t * Shape.PatchCount) + chunk) * columns);
                    AddIfWanted(row, columns, Dpositions == null ? null : Dpositions + ((long)chunk * columns));
                    AddIfWanted(row, columns, isClass ? DclassToken : null);
                }
            }
        }

        private static void AddIfWanted(T* row, int columns, float* target)
        {
            if (target != null)
            {
                RowArithmetic.Add(row, target, columns, target);
            }
        }
    }

    /// <summary>A block of columns of one row of the time table: the sum over clips and patches.</summary>
    private unsafe struct TimeGradientWork<T> : IParallelWork where T : unmanaged
    {
        public VideoTokenShape Shape;
        public T* Dy;
        public float* Dtime;
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
