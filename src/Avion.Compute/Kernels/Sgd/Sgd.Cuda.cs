namespace Avion.Compute;

public static partial class Sgd
{
    private const int CudaThreads = 256, CudaNumbersPerThread = 4;

    private static readonly CudaKernel s_step = new("Sgd", "sgd");

    /// <summary>A launch for each range; the scalars of the step are read on the device.</summary>
    private static void CudaStep(CudaDevice cuda, Tensor values, Tensor gradients, Tensor velocity, ReadOnlySpan<UpdateRange> ranges,
        in SgdSettings settings, Tensor step)
    {
        foreach (UpdateRange range in ranges)
        {
            nint offset = (nint)(range.First * sizeof(float));
            cuda.Launch(s_step, values.Type, cuda.ElementGrid(range.Count, CudaThreads, CudaNumbersPerThread), CudaThreads,
            [
                values.Data + offset, gradients.Data + offset, velocity.Data + offset, range.Count, range.RateFactor, range.WeightDecay,
                settings.Momentum, step.Data,
            ]);
        }
    }
}
