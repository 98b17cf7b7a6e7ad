namespace Avion.Compute;

public static partial class Patches
{
    private const int ByteValues = 256;

    internal static unsafe void CpuForward(WorkerPool workers, nint pixels, bool areBytes, in VideoNormalization normalization,
        PatchGrid grid, byte* mirrored, float* patches)
    {
        float* tables = stackalloc float[3 * ByteValues];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int value = 0; value < ByteValues; value++)
            {
                tables[(channel * ByteValues) + value] = (value - normalization.Mean(channel)) / normalization.Deviation(channel);
            }
        }

        Work work = new()
        {
            Pixels = pixels, AreBytes = areBytes, Normalization = normalization, Grid = grid, Mirrored = mirrored, Tables = tables,
            Output = patches,
        };
        workers.Run(grid.ClipCount * grid.TimeCount * grid.RowCount, ref work);
    }

    private unsafe struct Work : IParallelWork
    {
        public nint Pixels;
        public bool AreBytes;
        public VideoNormalization Normalization;
        public PatchGrid Grid;
        public byte* Mirrored;
        public float* Tables, Output;

        /// <summary>One row of patches: the same rows of pixels of all their frames and channels.</summary>
        public readonly void Execute(int chunk, int worker)
        {
            int h = chunk % Grid.RowCount, time = chunk / Grid.RowCount, patchSize = Grid.PatchSize;
            bool mirror = Mirrored != null && Mirrored[time / Grid.TimeCount] != 0;
            float* patchRow = Output + ((long)chunk * Grid.ColumnCount * Grid.PatchElements);
            for (int p0 = 0; p0 < Grid.TubeletFrames; p0++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    long plane = ((((long)time * Grid.TubeletFrames) + p0) * 3) + channel;
                    for (int p1 = 0; p1 < patchSize; p1++)
                    {
                        long pixelRow = ((plane * Grid.Height) + (h * patchSize) + p1) * Grid.Width;
                        float* target = patchRow + ((((channel * Grid.TubeletFrames) + p0) * patchSize + p1) * patchSize);
                        if (AreBytes)
                        {
                            NormalizeBytes((byte*)Pixels + pixelRow, Tables + (channel * ByteValues), mirror, target);
                        }
                        else
                        {
                            NormalizeFloats((float*)Pixels + pixelRow, Normalization.Mean(channel), Normalization.Deviation(channel),
                                mirror, target);
                        }
                    }
                }
            }
        }

        /// <summary>One row of pixels, P to each patch of the row.</summary>
        private readonly void NormalizeBytes(byte* row, float* table, bool mirror, float* target)
        {
            for (int w = 0; w < Grid.ColumnCount; w++, target += Grid.PatchElements)
            {
                int first = w * Grid.PatchSize;
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    target[p2] = table[row[mirror ? Grid.Width - 1 - first - p2 : first + p2]];
                }
            }
        }

        private readonly void NormalizeFloats(float* row, float mean, float deviation, bool mirror, float* target)
        {
            for (int w = 0; w < Grid.ColumnCount; w++, target += Grid.PatchElements)
            {
                int first = w * Grid.PatchSize;
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    target[p2] = (row[mirror ? Grid.Width - 1 - first - p2 : first + p2] - mean) / deviation;
                }
            }
        }
    }
}
