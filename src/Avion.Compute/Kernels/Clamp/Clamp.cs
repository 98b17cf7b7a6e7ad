namespace Avion.Compute;

/// <summary>Holds a scalar within bounds, as contrastive training holds its logit scale.</summary>
/// <remarks>x ← min(max(x, minimum), maximum). Shapes: x []. Cost: 2 operations, 2 elements of traffic.</remarks>
public static class Clamp
{
    private const int CudaThreads = 32;

    private static readonly CudaKernel s_clamp = new("Clamp", "clamp");

    /// <summary>Changes x in place.</summary>
    public static unsafe void Scalar(Device device, Tensor x, float minimum, float maximum)
    {
        Check.HasCount("Clamp.Scalar", nameof(x), x, 1);
        using OperationScope scope = device.Begin("Clamp.Scalar", 2, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice:
                *(float*)x.Data = Math.Clamp(*(float*)x.Data, minimum, maximum);
                break;
            case ReferenceDevice:
                *(double*)x.Data = Math.Clamp(*(double*)x.Data, minimum, maximum);
                break;
            case CudaDevice cuda:
                cuda.Launch(s_clamp, x.Type, new CudaGrid(1), CudaThreads, [x.Data, minimum, maximum]);
                break;
            default:
                device.RequirePlanning("Clamp.Scalar");
                break;
        }
    }
}
