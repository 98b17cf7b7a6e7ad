namespace Avion.Compute;

public static partial class PatchTargets
{
    private const int RowsPerChunk = 16;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor patches, Tensor rows, VideoNormalization normalization,
        bool normalizesPatches, Tensor y) where T : unmanaged
    {
        int rowCount = y.Shape.Rows;
        Work<T> work = new()
        {
            Patches = patches.Pointer<T>(), Rows = rows.Pointer<int>(), RowCount = rowCount, PixelCount = patches.Shape.Columns / 3,
            Normalization = normalization, NormalizesPatches = normalizesPatches, Y = y.Pointer<T>(),
            ChunkCount = (rowCount + RowsPerChunk - 1) / RowsPerChunk,
        };
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct Work<T> : IParallelWork where T : unmanaged
    {
        public T* Patches, Y;
        public int* Rows;
        public int RowCount, PixelCount, ChunkCount;
        public VideoNormalization Normalization;
        public bool NormalizesPatches;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, RowCount);
            for (int r = first; r < end; r++)
            {
                for (int c = 0; c < 3; c++)
                {
                    T* x = Patches + ((((long)Rows[r] * 3) + c) * PixelCount);
                    (float offset, float factor) = NormalizesPatches
                        ? Standardization(x, Normalization.Deviation(c))
                        : (0, 1);
                    T* y = Y + ((long)r * PixelCount * 3) + c;
                    for (int i = 0; i < PixelCount; i++)
                    {
                        y[i * 3] = Element.Of<T>((Element.Number(x[i]) - offset) * factor);
                    }
                }
            }
        }

        private readonly (float Mean, float InverseDeviation) Standardization(T* x, float channelDeviation)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < PixelCount; i++)
            {
                sum += Element.Number(x[i]);
            }

            double mean = sum / PixelCount;
            for (int i = 0; i < PixelCount; i++)
            {
                double difference = Element.Number(x[i]) - mean;
                squares += difference * difference;
            }

            return ((float)mean, (float)(1 / (Math.Sqrt(squares / (PixelCount - 1)) + (DeviationOffset / channelDeviation))));
        }
    }
}
