namespace Avion.Compute;

public static partial class Patches
{
    private const int CudaThreads = 256, CudaRun = 8;

    // Without and with mixing.
    private static readonly CudaKernel[] s_longRuns = Kernels("bytes_8"), s_bytes = Kernels("bytes_1"), s_numbers = Kernels("numbers_1");

    private static CudaKernel[] Kernels(string name) => [new("Patchify", $"patchify_{name}"), new("Patchify", $"patchify_mixed_{name}")];

    private static void CudaForward(CudaDevice cuda, Tensor pixels, in VideoNormalization normalization, PatchGrid grid, Tensor mirrored,
        ClipMixing mixing, Tensor patches)
    {
        bool areBytes = pixels.Type == ElementType.UInt8, areLong = areBytes && grid.PatchSize % CudaRun == 0;
        long runs = patches.Count / (areLong ? CudaRun : 1);
        if (runs > int.MaxValue)
        {
            throw new ArgumentException(
                $"Patches.Forward: {patches} is more than the kernel counts, {int.MaxValue} runs of pixels: take fewer clips.");
        }

        CudaKernel kernel = (areLong ? s_longRuns : areBytes ? s_bytes : s_numbers)[mixing.IsAbsent ? 0 : 1];
        cuda.Launch(kernel, patches.Type, cuda.ElementGrid(runs, CudaThreads, 1), CudaThreads,
        [
            pixels.Data, mirrored.Data, mixing.Places.Data, mixing.Shares.Data, patches.Data, grid.ClipCount, grid.FrameCount,
            grid.Height, grid.Width, grid.PatchSize, grid.TubeletFrames,
            normalization.RedMean, normalization.GreenMean, normalization.BlueMean, normalization.RedDeviation, normalization.GreenDeviation,
            normalization.BlueDeviation, patches.Count,
        ]);
    }
}
