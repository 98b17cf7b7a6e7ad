namespace Avion.Compute;

public static partial class Patches
{
    internal static unsafe void ReferenceForward(nint pixels, bool areBytes, in VideoNormalization normalization, PatchGrid grid,
        byte* mirrored, double* patches)
    {
        for (int b = 0; b < grid.ClipCount; b++)
        {
            for (int frame = 0; frame < grid.FrameCount; frame++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    for (int y = 0; y < grid.Height; y++)
                    {
                        for (int x = 0; x < grid.Width; x++)
                        {
                            int sourceX = mirrored != null && mirrored[b] != 0 ? grid.Width - 1 - x : x;
                            long source = (((((((long)b * grid.FrameCount) + frame) * 3) + channel) * grid.Height)
                                + y) * grid.Width + sourceX;
                            double pixel = areBytes ? ((byte*)pixels)[source] : ((double*)pixels)[source];
                            patches[Target(grid, b, frame, channel, y, x)] =
                                (pixel - normalization.Mean(channel)) / normalization.Deviation(channel);
                        }
                    }
                }
            }
        }
    }

    private static long Target(PatchGrid grid, int b, int frame, int channel, int y, int x)
    {
        int p = grid.PatchSize;
        long patch = (((((long)b * grid.TimeCount) + (frame / grid.TubeletFrames)) * grid.RowCount) + (y / p)) * grid.ColumnCount + (x / p);
        long column = ((((long)channel * grid.TubeletFrames) + (frame % grid.TubeletFrames)) * p + (y % p)) * p + (x % p);
        return (patch * grid.PatchElements) + column;
    }
}
