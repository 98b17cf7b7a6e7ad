namespace Avion.Compute;

public static partial class Patches
{
    internal static unsafe void ReferenceForward(nint pixels, bool areBytes, in VideoNormalization normalization, PatchGrid grid,
        byte* mirrored, ClipMixing mixing, double* patches)
    {
        for (int b = 0; b < grid.ClipCount; b++)
        {
            MixedClip mixed = mixing.IsAbsent ? new MixedClip(b, 1, 0, 0, 0, 0) : mixing.Of(b);
            for (int frame = 0; frame < grid.FrameCount; frame++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    for (int y = 0; y < grid.Height; y++)
                    {
                        for (int x = 0; x < grid.Width; x++)
                        {
                            bool isInBox = y >= mixed.Top && y < mixed.Bottom && x >= mixed.Left && x < mixed.Right;
                            double share = isInBox ? 0 : mixed.Share;
                            double pixel = share * Pixel(pixels, areBytes, grid, mirrored, b, frame, channel, y, x);
                            if (share < 1)
                            {
                                pixel += (1 - share) * Pixel(pixels, areBytes, grid, mirrored, mixed.Partner, frame, channel, y, x);
                            }

                            patches[Target(grid, b, frame, channel, y, x)] =
                                (pixel - normalization.Mean(channel)) / normalization.Deviation(channel);
                        }
                    }
                }
            }
        }
    }

    private static unsafe double Pixel(
        nint pixels, bool areBytes, PatchGrid grid, byte* mirrored, int b, int frame, int channel, int y, int x)
    {
        int sourceX = mirrored != null && mirrored[b] != 0 ? grid.Width - 1 - x : x;
        long source = (((((((long)b * grid.FrameCount) + frame) * 3) + channel) * grid.Height) + y) * grid.Width + sourceX;
        return areBytes ? ((byte*)pixels)[source] : ((double*)pixels)[source];
    }

    private static long Target(PatchGrid grid, int b, int frame, int channel, int y, int x)
    {
        int p = grid.PatchSize;
        long patch = (((((long)b * grid.TimeCount) + (frame / grid.TubeletFrames)) * grid.RowCount) + (y / p)) * grid.ColumnCount + (x / p);
        long column = ((((long)channel * grid.TubeletFrames) + (frame % grid.TubeletFrames)) * p + (y % p)) * p + (x % p);
        return (patch * grid.PatchElements) + column;
    }
}
