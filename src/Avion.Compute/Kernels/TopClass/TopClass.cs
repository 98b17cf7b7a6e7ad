using System.Numerics;

// B rows (samples) · C columns (classes)
namespace Avion.Compute;

/// <summary>How often a prediction's first class is the wanted one.</summary>
/// <remarks>
/// accuracy = 1/B · Σ_b [argmax_c logits[b, c] = argmax_c target[b, c]]; of equal numbers the first counts. Of a mixture of classes the
/// one with the largest share is wanted. No gradient flows.
/// Shapes: logits [B, C]; target [B, C] and accuracy, a scalar, of the accumulations' type. With B = 0 or C = 0 the accuracy is 0.
/// Numerics: exact up to the division by B. Cost: 2 B·C comparisons.
/// </remarks>
public static partial class TopClass
{
    /// <summary>Writes the accuracy.</summary>
    public static unsafe void Forward(Device device, Tensor logits, Tensor target, Tensor accuracy)
    {
        Check.SameShape("TopClass.Forward", nameof(logits), logits, nameof(target), target);
        Check.IsNotRounded("TopClass.Forward", nameof(target), target, device);
        int rows = logits.Shape.Rows, columns = logits.Shape.Columns;
        using OperationScope scope = device.Begin("TopClass.Forward", 2 * logits.Count, 2 * logits.ByteCount);
        switch (device)
        {
            case CpuDevice when logits.Type == ElementType.BFloat16:
                *(float*)accuracy.Data = (float)Share(logits.Pointer<BFloat16>(), target.Pointer<float>(), rows, columns);
                break;
            case CpuDevice:
                *(float*)accuracy.Data = (float)Share(logits.Pointer<float>(), target.Pointer<float>(), rows, columns);
                break;
            case ReferenceDevice:
                *(double*)accuracy.Data = Share((double*)logits.Data, (double*)target.Data, rows, columns);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, logits, target, accuracy);
                break;
            default:
                device.RequirePlanning("TopClass.Forward");
                break;
        }
    }

    /// <summary>The share of samples whose largest logit stands where the largest target does; a constant.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="logits">[B, C].</param>
    /// <param name="target">[B, C] of the accumulations' type.</param>
    /// <returns>Scalar.</returns>
    public static Tensor TopClassAccuracy(this Tape tape, Tensor logits, Tensor target)
    {
        Tensor accuracy = tape.AllocateStatistics(Shape.Scalar);
        Forward(tape.Device, logits, target, accuracy);
        return accuracy;
    }

    private static unsafe double Share<TLogit, TTarget>(TLogit* logits, TTarget* target, int rows, int columns)
        where TLogit : unmanaged, IComparisonOperators<TLogit, TLogit, bool>
        where TTarget : unmanaged, IComparisonOperators<TTarget, TTarget, bool>
    {
        int right = 0;
        for (int row = 0; row < rows && columns > 0; row++, logits += columns, target += columns)
        {
            right += First(logits, columns) == First(target, columns) ? 1 : 0;
        }

        return rows == 0 ? 0 : (double)right / rows;
    }

    private static unsafe int First<T>(T* row, int columns) where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        int first = 0;
        for (int column = 1; column < columns; column++)
        {
            first = row[column] > row[first] ? column : first;
        }

        return first;
    }
}
