// B rows (samples) · C columns (classes)
namespace Avion.Compute;

/// <summary>Cross-entropy between predicted and wanted distributions over classes.</summary>
/// <remarks>
/// Forward: loss = 1/B · Σ_b Σ_c -target[b, c] · log p[b, c]; p = softmax(logits) by row. Hard labels are one-hot rows; label smoothing and
/// mixtures are other targets. Backward: dlogits = dloss / B · (p · Σ_c target[b, c] - target). No gradient flows to the targets.
/// Shapes: logits, dlogits [B, C]; target [B, C] of the accumulations' type; logSumExp [B]; loss scalar. With B = 0 the loss is 0.
/// Numerics: the largest logit of a row is subtracted before exponentials; sums in double precision, over rows in order; on GPUs those
/// over a row are float32.
/// Cost: 6 B·C operations forward, 4 backward.
/// </remarks>
public static partial class CrossEntropy
{
    /// <summary>Writes the loss and logSumExp.</summary>
    public static unsafe void Forward(Device device, Tensor logits, Tensor target, Tensor logSumExp, Tensor loss)
    {
        Check.SameShape("CrossEntropy.Forward", nameof(logits), logits, nameof(target), target);
        int rows = logits.Shape.Rows, columns = logits.Shape.Columns;
        Check.IsNotRounded("CrossEntropy.Forward", nameof(target), target, device);
        Check.HasShape("CrossEntropy.Forward", nameof(logSumExp), logSumExp, new Shape(rows));
        using OperationScope scope = device.Begin("CrossEntropy.Forward", 6 * logits.Count, 2 * logits.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when logits.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, logits, target, logSumExp, loss);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, logits, target, logSumExp, loss);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)logits.Data, (double*)target.Data, rows, columns, (double*)logSumExp.Data, (double*)loss.Data);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(rows);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, logits, target, logSumExp, loss);
                break;
            default:
                device.RequirePlanning("CrossEntropy.Forward");
                break;
        }
    }

    /// <summary>Writes dlogits, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dloss, Tensor logits, Tensor target, Tensor logSumExp, bool accumulate,
        Tensor dlogits)
    {
        int rows = logits.Shape.Rows, columns = logits.Shape.Columns;
        using OperationScope scope = device.Begin("CrossEntropy.Backward", 4 * logits.Count, (accumulate ? 4 : 3) * logits.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when logits.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dloss, logits, target, logSumExp, accumulate, dlogits);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dloss, logits, target, logSumExp, accumulate, dlogits);
                break;
            case ReferenceDevice:
                ReferenceBackward(*(double*)dloss.Data, (double*)logits.Data, (double*)target.Data, (double*)logSumExp.Data,
                    rows, columns, accumulate, (double*)dlogits.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dloss, logits, target, logSumExp, accumulate, dlogits);
                break;
            default:
                device.RequirePlanning("CrossEntropy.Backward");
                break;
        }
    }
}
