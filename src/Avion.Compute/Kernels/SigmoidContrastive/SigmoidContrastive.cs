// b own images · n texts · E columns (embedding) · x images, y texts, s = e^logScale, t = bias
namespace Avion.Compute;

/// <summary>The sigmoid contrastive loss: every pair of an image and a text is told apart on its own, belonging together or not.</summary>
/// <remarks>
/// z[i, j] = s · x[i]·y[j] + t; l = 1 where j = firstLabel + i, else -1; loss = 1/b Σ_ij ln(1 + e^(-l z)).
/// Backward, with g[i, j] = σ(z[i, j]) - [l = 1]: dx[i] = dloss s/b Σ_j g y[j]; dy[j] = dloss s/b Σ_i g x[i];
/// dlogScale += dloss/b Σ g (z - t); dbias += dloss/b Σ g.
/// With several ranks, x are the rank's own images, y the gathered texts of all ranks, and the mean over the ranks is the loss of the
/// batch.
/// Shapes: x, dx [b, E]; y, dy [n, E]; logScale, bias, loss scalars; rowTerms [2, b].
/// Numerics: e is taken of -|z| alone, its logarithm in double precision (on GPUs by a series that keeps the precision of small ones); sums
/// over rows run in order; logits exist as one tile a worker, or a block of a GPU.
/// Cost: forward 2 b·n·E operations, backward 8 b·n·E.
/// Source: Zhai et al. 2023, "Sigmoid loss for language image pre-training", algorithm 1 (arXiv:2303.15343).
/// </remarks>
public static partial class SigmoidContrastive
{
    /// <summary>Writes the loss.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel,
        Tensor rowTerms, Tensor loss)
    {
        PairShapes.Require("SigmoidContrastive.Forward", x, y, firstLabel);
        Check.HasShape("SigmoidContrastive.Forward", nameof(rowTerms), rowTerms, new Shape(2, x.Shape.Rows));
        int b = x.Shape.Rows, n = y.Shape.Rows, columns = x.Shape.Columns;
        using OperationScope scope = device.Begin("SigmoidContrastive.Forward", 2L * b * n * columns, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuForward(cpu, x, y, logScale, bias, firstLabel, rowTerms, loss);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)y.Data, b, n, columns, *(double*)logScale.Data, *(double*)bias.Data, firstLabel,
                    (double*)loss.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, y, logScale, bias, firstLabel, rowTerms, loss);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("SigmoidContrastive.Forward");
                break;
        }
    }

    /// <summary>Writes or adds to dx and dy, adds to dlogScale and dbias; each may be absent.</summary>
    public static unsafe void Backward(Device device, Tensor dloss, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel,
        Tensor rowTerms, bool accumulatesRows, Tensor dx, bool accumulatesColumns, Tensor dy, Tensor dlogScale,
        Tensor dbias)
    {
        PairShapes.Require("SigmoidContrastive.Backward", x, y, firstLabel);
        int b = x.Shape.Rows, n = y.Shape.Rows, columns = x.Shape.Columns;
        using OperationScope scope = device.Begin("SigmoidContrastive.Backward", 8L * b * n * columns, 2 * (x.ByteCount + y.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackward(cpu, dloss, x, y, logScale, bias, firstLabel, rowTerms, accumulatesRows, dx, accumulatesColumns, dy, dlogScale,
                    dbias);
                break;
            case ReferenceDevice:
                ReferenceBackward(*(double*)dloss.Data, (double*)x.Data, (double*)y.Data, b, n, columns, *(double*)logScale.Data,
                    *(double*)bias.Data, firstLabel, accumulatesRows, (double*)dx.Data, accumulatesColumns, (double*)dy.Data,
                    (double*)dlogScale.Data, (double*)dbias.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dloss, x, y, logScale, bias, firstLabel, rowTerms, accumulatesRows, dx, accumulatesColumns, dy, dlogScale,
                    dbias);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("SigmoidContrastive.Backward");
                break;
        }
    }
}
