namespace Avion.Compute;

/// <summary>Sets elements, or all rows of a sequence, to zero at random, and scales the others up so that the mean stays.</summary>
/// <remarks>
/// y = x · k, with k = 0 where u &lt; rate and 1 / (1 - rate) elsewhere; backward: dx = dy · k, with the same u drawn again.
/// Row n has the number r(n) = first + n · stride of the key: its place in the step's batch over all ranks. Elements: u is number
/// r(n) · D + d of the key's stream for element d of row n. Sequences ("drop path", "stochastic depth"): u is number r(b) for all rows
/// of sequence b. Shapes: x, y, dy, dx [N, D]. Aliasing: y may be x, dx may be dy.
/// Cost: 1 operation and 2 elements of traffic an element (3 when adding).
/// Source: Srivastava et al. 2014, "Dropout", section 4; Huang et al. 2016, "Deep networks with stochastic depth", section 3
/// (arXiv:1603.09382), drawn per sample.
/// </remarks>
public static partial class Dropout
{
    /// <summary>y = x · k, or y += x · k; k is per element, or per sequence if there are <paramref name="offsets"/>.</summary>
    public static unsafe void Apply(Device device, Tensor x, SequenceOffsets? offsets, float rate, DropKey key, bool accumulate, Tensor y)
    {
        Check.SameShape("Dropout.Apply", nameof(x), x, nameof(y), y);
        if (rate is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "Dropout.Apply: the rate must be at least 0 and below 1.");
        }

        if (offsets is { } sequences && sequences.TokenCount != x.Shape.Rows)
        {
            throw new ArgumentException($"Dropout.Apply: x has {x.Shape.Rows} rows, the sequences have {sequences.TokenCount} tokens.");
        }

        using OperationScope scope = device.Begin("Dropout.Apply", x.Count, (accumulate ? 3 : 2) * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuApply<BFloat16>(cpu, x, offsets, rate, key.Read(), accumulate, y);
                break;
            case CpuDevice cpu:
                CpuApply<float>(cpu, x, offsets, rate, key.Read(), accumulate, y);
                break;
            case ReferenceDevice:
                ReferenceApply((double*)x.Data, x.Shape.Rows, x.Shape.Columns, offsets, rate, key.Read(), accumulate, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaApply(cuda, x, offsets, rate, key, accumulate, y);
                break;
            default:
                device.RequirePlanning("Dropout.Apply");
                break;
        }
    }
}
