namespace Avion.Compute;

public static partial class Patches
{
    private const int CudaThreads = 256, CudaRun = 8;

    private static readonly CudaKernel s_longRuns = new("Patchify", "patchify_bytes_8"), s_bytes = new("Patchify", "patchify_bytes_1");
    private static readonly CudaKernel s_numbers = new("Patchify", "patchify_numbers_1");

    private static void CudaForward(CudaDevice cuda, Tensor pixels, in VideoNormalization normalization, PatchGrid grid, Tensor mirrored,
        Tensor patches)
    {
        bool areBytes = pixels.Type == ElementType.UInt8, areLong = areBytes && grid.PatchSize % CudaRun == 0;
        long runs = patches.Count / (areLong ? CudaRun : 1);
        if (runs > int.MaxValue)
        {
            throw new ArgumentException($"Patches.Forward: {patches} is more than the kernel counts, {int.MaxValue} runs of pixels: take fewer clips.");
        }

        cuda.Launch(areLong ? s_longRuns : areBytes ? s_bytes : s_numbers, patches.Type, cuda.ElementGrid(runs, CudaThreads, 1), CudaThreads,
        [
            pixels.Data, mirrored.Data, patches.Data, grid.ClipCount, grid.FrameCount, grid.Height, grid.Width, grid.PatchSize, grid.TubeletFrames,
            normalization.RedMean, normalization.GreenMean, normalization.BlueMean, normalization.RedDeviation, normalization.GreenDeviation,
            normalization.BlueDeviation, patches.Count,
        ]);
    }
}
