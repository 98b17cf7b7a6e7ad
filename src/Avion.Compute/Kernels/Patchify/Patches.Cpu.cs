namespace Avion.Compute;

public static partial class Patches
{
    private const int ByteValues = 256;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor pixels, in VideoNormalization normalization, PatchGrid grid,
        Tensor mirrored, ClipMixing mixing, Tensor patches) where T : unmanaged
    {
        float* tables = stackalloc float[3 * ByteValues];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int value = 0; value < ByteValues; value++)
            {
                tables[(channel * ByteValues) + value] = (value - normalization.Mean(channel)) / normalization.Deviation(channel);
            }
        }

        T* roundedTables = stackalloc T[3 * ByteValues];
        RowArithmetic.Copy(tables, 3 * ByteValues, roundedTables);
        bool areBytes = pixels.Type == ElementType.UInt8;
        Work<T> work = new()
        {
            Bytes = areBytes ? pixels.Pointer<byte>() : null, Numbers = areBytes ? null : pixels.Pointer<T>(),
            Normalization = normalization, Grid = grid, Mirrored = mirrored.Pointer<byte>(), Mixing = mixing, Tables = tables,
            RoundedTables = roundedTables, Output = patches.Pointer<T>(),
        };
        cpu.Workers.Run(grid.ClipCount * grid.TimeCount * grid.RowCount, ref work);
    }

    private unsafe struct Work<T> : IParallelWork where T : unmanaged
    {
        public byte* Bytes, Mirrored;
        public T* Numbers, RoundedTables, Output;
        public float* Tables;
        public VideoNormalization Normalization;
        public PatchGrid Grid;
        public ClipMixing Mixing;

        /// <summary>One row of patches: the same rows of pixels of all their frames and channels.</summary>
        public readonly void Execute(int chunk, int worker)
        {
            int h = chunk % Grid.RowCount, time = chunk / Grid.RowCount, patchSize = Grid.PatchSize, clip = time / Grid.TimeCount;
            MixedClip mixed = Mixing.IsAbsent ? new MixedClip(clip, 1, 0, 0, 0, 0) : Mixing.Of(clip);
            int mixedWidth = mixed.Partner == clip ? 1 : Grid.Width;
            float* ownRow = stackalloc float[mixedWidth], partnerRow = stackalloc float[mixedWidth];
            long planesToPartner = (long)(mixed.Partner - clip) * Grid.FrameCount * 3;
            T* patchRow = Output + ((long)chunk * Grid.ColumnCount * Grid.PatchElements);
            for (int p0 = 0; p0 < Grid.TubeletFrames; p0++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    long plane = ((((long)time * Grid.TubeletFrames) + p0) * 3) + channel;
                    for (int p1 = 0; p1 < patchSize; p1++)
                    {
                        int y = (h * patchSize) + p1;
                        T* target = patchRow + ((((channel * Grid.TubeletFrames) + p0) * patchSize + p1) * patchSize);
                        long row = ((plane * Grid.Height) + y) * Grid.Width;
                        if (mixed.Partner == clip || mixed.Leaves(y))
                        {
                            Normalize(row, channel, IsMirrored(clip), RoundedTables, Grid.PatchElements, target);
                            continue;
                        }

                        long other = (((plane + planesToPartner) * Grid.Height) + y) * Grid.Width;
                        Normalize(row, channel, IsMirrored(clip), Tables, patchSize, ownRow);
                        Normalize(other, channel, IsMirrored(mixed.Partner), Tables, patchSize, partnerRow);
                        Mix(mixed, y, ownRow, partnerRow, target);
                    }
                }
            }
        }

        private readonly bool IsMirrored(int clip) => Mirrored != null && Mirrored[clip] != 0;

        /// <summary>One row of pixels, P of them every <paramref name="stride"/> numbers.</summary>
        private readonly void Normalize<TTarget>(long pixelRow, int channel, bool mirror, TTarget* tables, int stride, TTarget* target)
            where TTarget : unmanaged
        {
            if (Bytes != null)
            {
                NormalizeBytes(Bytes + pixelRow, tables + (channel * ByteValues), mirror, stride, target);
            }
            else
            {
                NormalizeNumbers(Numbers + pixelRow, Normalization.Mean(channel), Normalization.Deviation(channel), mirror, stride, target);
            }
        }

        private readonly void NormalizeBytes<TTarget>(byte* row, TTarget* table, bool mirror, int stride, TTarget* target)
            where TTarget : unmanaged
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

        private readonly void NormalizeNumbers<TTarget>(T* row, float mean, float deviation, bool mirror, int stride, TTarget* target)
            where TTarget : unmanaged
        {
            for (int w = 0; w < Grid.ColumnCount; w++, target += stride)
            {
                int first = w * Grid.PatchSize;
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    float pixel = Element.Number(row[mirror ? Grid.Width - 1 - first - p2 : first + p2]);
                    target[p2] = Element.Of<TTarget>((pixel - mean) / deviation);
                }
            }
        }

        /// <summary>Writes the mixture of a row of the clip's own and one of the partner.</summary>
        private readonly void Mix(in MixedClip mixed, int y, float* own, float* partner, T* target)
        {
            float share = (float)mixed.Share, rest = 1 - share;
            (int left, int right) = mixed.HasBoxIn(y) ? (mixed.Left, mixed.Right) : (0, 0);
            for (int w = 0; w < Grid.ColumnCount; w++, target += Grid.PatchElements)
            {
                for (int p2 = 0; p2 < Grid.PatchSize; p2++)
                {
                    int x = (w * Grid.PatchSize) + p2;
                    target[p2] = Element.Of<T>(x >= left && x < right ? partner[x] : (share * own[x]) + (rest * partner[x]));
                }
            }
        }
    }
}
