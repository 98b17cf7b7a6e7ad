namespace Avion.Compute;

/// <summary>Adds two tensors, as residual connections do.</summary>
/// <remarks>
/// Forward: y = a + b. Backward: the gradient of y is that of a and that of b; no kernel runs.
/// Shapes: a, b, y equal. Aliasing: y may be a or b. Types: one, or a of bfloat16 added to float32.
/// Cost: n operations; 3 n elements of traffic.
/// </remarks>
public static partial class Add
{
    /// <summary>y = a + b.</summary>
    public static unsafe void Forward(Device device, Tensor a, Tensor b, Tensor y)
    {
        Check.SameShape("Add.Forward", nameof(a), a, nameof(b), b);
        Check.SameShape("Add.Forward", nameof(a), a, nameof(y), y);
        using OperationScope scope = device.Begin("Add.Forward", y.Count, 3 * y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuForward<BFloat16, BFloat16>(cpu, a, b, y);
                break;
            case CpuDevice cpu when a.Type == ElementType.BFloat16:
                CpuForward<BFloat16, float>(cpu, a, b, y);
                break;
            case CpuDevice cpu:
                CpuForward<float, float>(cpu, a, b, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)a.Data, (double*)b.Data, y.Count, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, a, b, y);
                break;
            default:
                device.RequirePlanning("Add.Forward");
                break;
        }
    }

    /// <summary>y += x.</summary>
    public static void Accumulate(Device device, Tensor x, Tensor y) => Forward(device, x, y, y);
}
