// N rows (tokens) · D columns (width)
namespace Avion.Compute;

/// <content>A residual addition and the layer norm behind it in one pass.</content>
public static partial class LayerNorm
{
    /// <summary>s = x + branch; y, mean and rstd as <see cref="Forward"/> writes them for s.</summary>
    /// <remarks>Backward is <see cref="Backward"/> with s in place of x, adding to the gradient of
    /// s. Aliasing: s may be x or branch.</remarks>
    public static unsafe void SumForward(Device device, Tensor x, Tensor branch, Tensor weight, Tensor bias, float epsilon,
        Tensor s, Tensor y, Tensor mean, Tensor rstd)
    {
        (int rows, int columns) = CheckShapes("LayerNorm.SumForward", x, weight, bias, mean, rstd);
        Check.SameShape("LayerNorm.SumForward", nameof(x), x, nameof(branch), branch);
        Check.SameShape("LayerNorm.SumForward", nameof(x), x, nameof(s), s);
        Check.SameShape("LayerNorm.SumForward", nameof(x), x, nameof(y), y);
        using OperationScope scope = device.Begin("LayerNorm.SumForward", 9 * x.Count, 4 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, branch, weight, bias, epsilon, s, y, mean, rstd);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, branch, weight, bias, epsilon, s, y, mean, rstd);
                break;
            case ReferenceDevice:
                Add.ReferenceForward((double*)x.Data, (double*)branch.Data, s.Count, (double*)s.Data);
                ReferenceForward((double*)s.Data, (double*)weight.Data, (double*)bias.Data, rows, columns, epsilon,
                    (double*)y.Data, (double*)mean.Data, (double*)rstd.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, branch.Data, weight, bias, epsilon, s.Data, y, mean, rstd);
                break;
            default:
                device.RequirePlanning("LayerNorm.SumForward");
                break;
        }
    }

    /// <summary>s = x + branch and y = LN(s), with s written over the branch; see <see cref="SumForward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">The residual stream, [N, D].</param>
    /// <param name="branch">
    /// [N, D]; its memory becomes s. It must be a result that nobody else reads, its own backward included, such as a linear layer's.
    /// </param>
    /// <param name="weight">[D].</param>
    /// <param name="bias">[D].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="sum">s, the residual stream from here on.</param>
    public static Tensor SumAndNormalize(this Tape tape, Tensor x, Tensor branch, Parameter weight, Parameter bias, float epsilon,
        out Tensor sum)
    {
        bool sumDifferentiable = tape.Wants(x) || tape.Wants(branch);
        sum = tape.OutputInPlace(branch, sumDifferentiable);
        Tensor y = tape.Output(x.Shape, sumDifferentiable || tape.Wants(weight) || tape.Wants(bias));
        Tensor mean = tape.AllocateStatistics(new Shape(x.Shape.Rows)), rstd = tape.AllocateStatistics(new Shape(x.Shape.Rows));
        SumForward(tape.Device, x, branch, weight.Value, bias.Value, epsilon, sum, y, mean, rstd);
        if (y.IsDifferentiable)
        {
            SumNode node = tape.Record<SumNode>(y);
            node.SecondOutput = sum;
            node.X = x;
            node.Branch = branch;
            node.Weight = weight;
            node.Bias = bias;
            node.Mean = mean;
            node.Rstd = rstd;
            node.Epsilon = epsilon;
        }

        return y;
    }

    private sealed class SumNode : Node
    {
        internal Tensor X, Branch, Mean, Rstd;
        internal Parameter Weight = null!, Bias = null!;
        internal float Epsilon;

        internal override Tensor Remake(Tape tape) => NormalizeAgain(tape, SecondOutput, Weight, Bias, Epsilon, Mean, Rstd);

        internal override void Backward(Tape tape)
        {
            Tensor sum = SecondOutput;
            if (tape.TryGetGradient(Output, out Tensor dy))
            {
                // What flows back through the normalization joins what flows along the residual stream.
                bool accumulate = false;
                Tensor dsum = tape.Wants(sum) ? tape.GradientFor(sum, out accumulate) : default;
                LayerNorm.Backward(tape.Device, dy, sum, Weight.Value, Mean, Rstd, accumulate, dsum,
                    tape.Wants(Weight) ? Weight.Gradient : default, tape.Wants(Bias) ? Bias.Gradient : default);
            }

            if (tape.Wants(X))
            {
                tape.PassGradient(sum, X);
            }

            if (tape.Wants(Branch))
            {
                tape.PassGradient(sum, Branch);
            }
        }
    }
}
