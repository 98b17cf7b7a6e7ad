namespace Avion.Compute;

public static partial class PatchTargets
{
    private const int RowsPerChunk = 16;

    internal static unsafe void CpuForward(WorkerPool workers, float* patches, int* rows, int rowCount, int pixelCount,
        VideoNormalization normalization, bool normalizesPatches, float* y)
    {
        Work work = new()
        {
            Patches = patches, Rows = rows, RowCount = rowCount, PixelCount = pixelCount, Normalization = normalization,
            NormalizesPatches = normalizesPatches, Y = y, ChunkCount = (rowCount + RowsPerChunk - 1) / RowsPerChunk,
        };
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct Work : IParallelWork
    {
        public float* Patches, Y;
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
                    float* x = Patches + ((((long)Rows[r] * 3) + c) * PixelCount);
                    (float offset, float factor) = NormalizesPatches
                        ? Standardization(x, Normalization.Deviation(c))
                        : (0, 1);
                    float* y = Y + ((long)r * PixelCount * 3) + c;
                    for (int i = 0; i < PixelCount; i++)
                    {
                        y[i * 3] = (x[i] - offset) * factor;
                    }
                }
            }
        }

        private readonly (float Mean, float InverseDeviation) Standardization(float* x, float channelDeviation)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < PixelCount; i++)
            {
                sum += x[i];
            }

            double mean = sum / PixelCount;
            for (int i = 0; i < PixelCount; i++)
            {
                squares += (x[i] - mean) * (x[i] - mean);
            }

            return ((float)mean, (float)(1 / (Math.Sqrt(squares / (PixelCount - 1)) + (DeviationOffset / channelDeviation))));
        }
    }
}
