namespace Avion.Compute;

public static partial class Patches
{
    private const int ByteValues = 256;

    internal static unsafe void CpuForward(WorkerPool workers, nint pixels, bool areBytes, in VideoNormalization normalization,
        PatchGrid grid, byte* mirrored, ClipMixing mixing, float* patches)
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
            Pixels = pixels, AreBytes = areBytes, Normalization = normalization, Grid = grid, Mirrored = mirrored, Mixing = mixing,
            Tables = tables, Output = patches,
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
        public ClipMixing Mixing;
        public float* Tables, Output;

        /// <summary>One row of patches: the same rows of pixels of all their frames and channels.</summary>
        public readonly void Execute(int chunk, int worker)
        {
            int h = chunk % Grid.RowCount, time = chunk / Grid.RowCount, patchSize = Grid.PatchSize, clip = time / Grid.TimeCount;
            MixedClip mixed = Mixing.IsAbsent ? new MixedClip(clip, 1, 0, 0, 0, 0) : Mixing.Of(clip);
            float* partnerRow = stackalloc float[mixed.Partner == clip ? 1 : Grid.Width];
            long planesToPartner = (long)(mixed.Partner - clip) * Grid.FrameCount * 3;
            float* patchRow = Output + ((long)chunk * Grid.ColumnCount * Grid.PatchElements);
            for (int p0 = 0; p0 < Grid.TubeletFrames; p0++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    long plane = ((((long)time * Grid.TubeletFrames) + p0) * 3) + channel;
                    for (int p1 = 0; p1 < patchSize; p1++)
                    {
                        int y = (h * patchSize) + p1;
                        float* target = patchRow + ((((channel * Grid.TubeletFrames) + p0) * patchSize + p1) * patchSize);
                        Normalize(((plane * Grid.Height) + y) * Grid.Width, channel, IsMirrored(clip), Grid.PatchElements, target);
                        if (mixed.Partner != clip && !mixed.Leaves(y))
                        {
                            long row = (((plane + planesToPartner) * Grid.Height) + y) * Grid.Width;
                            Normalize(row, channel, IsMirrored(mixed.Partner), patchSize, partnerRow);
                            Mix(mixed, y, partnerRow, target);
                        }
                    }
                }
            }
        }

        private readonly bool IsMirrored(int clip) => Mirrored != null && Mirrored[clip] != 0;

        /// <summary>One row of pixels, P of them every <paramref name="stride"/> numbers.</summary>
        private readonly void Normalize(long pixelRow, int channel, bool mirror, int stride, float* target)
        {
            if (AreBytes)
            {
                NormalizeBytes((byte*)Pixels + pixelRow, Tables + (channel * ByteValues), mirror, stride, target);
            }
            else
            {
                NormalizeFloats((float*)Pixels + pixelRow, Normalization.Mean(channel), Normalization.Deviation(channel), mirror, stride,
                    target);
            }
        }

        private readonly void NormalizeBytes(byte* row, float* table, bool mirror, int stride, float* target)
        {
            for (int w = 0; w < Grid.ColumnCount; w++, target += stride)
            {
                int first = w * Grid.PatchSize;
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    target[p2] = table[row[mirror ? Grid.Width - 1 - first - p2 : first + p2]];
                }
            }
        }

        private readonly void NormalizeFloats(float* row, float mean, float deviation, bool mirror, int stride, float* target)
        {
            for (int w = 0; w < Grid.ColumnCount; w++, target += stride)
            {
                int first = w * Grid.PatchSize;
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    target[p2] = (row[mirror ? Grid.Width - 1 - first - p2 : first + p2] - mean) / deviation;
                }
            }
        }

        /// <summary>Mixes a row of the partner into one of the clip's own, which lies there.</summary>
        private readonly void Mix(in MixedClip mixed, int y, float* partner, float* target)
        {
            float share = (float)mixed.Share, rest = 1 - share;
            (int left, int right) = mixed.HasBoxIn(y) ? (mixed.Left, mixed.Right) : (0, 0);
            for (int w = 0; w < Grid.ColumnCount; w++, target += Grid.PatchElements)
            {
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    int x = (w * Grid.PatchSize) + p2;
                    target[p2] = x >= left && x < right ? partner[x] : (share * target[p2]) + (rest * partner[x]);
                }
            }
        }
    }
}
