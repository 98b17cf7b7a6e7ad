// b own rows · n rows to choose from · E columns (embedding) · x own rows, y rows to choose from, s = e^logScale
namespace Avion.Compute;

/// <summary>One direction of the contrastive loss: each row of x must find its partner among all rows of y.</summary>
/// <remarks>
/// z[i, j] = s · x[i]·y[j]; the partner of row i is row firstLabel + i of y; lse[i] = ln Σ_j e^z[i, j].
/// loss += weight / b · Σ_i (lse[i] - z[i, firstLabel + i]); accuracy = share of rows whose largest z is their partner's (the first of
/// equals).
/// Backward, with g = dloss · weight / b and p[i, j] = e^(z[i, j] - lse[i]) - [j = firstLabel + i]:
/// dx[i] = g s Σ_j p[i, j] y[j]; dy[j] = g s Σ_i p[i, j] x[i]; dlogScale += g Σ_ij p[i, j] z[i, j].
/// The symmetric loss is this with image and text, plus this with text and image, each of weight 1/2. With several ranks, x are the
/// rank's own rows, y the gathered rows of all ranks, and firstLabel is where the own rows begin.
/// Shapes: x, dx [b, E]; y, dy [n, E]; logScale, dlogScale, loss, accuracy scalars; lse [b]; rowTerms [2, b].
/// Numerics: the largest z of a row is subtracted before exponentials; sums over rows run in order, in double precision. Logits exist
/// as one tile a worker (<see cref="PairTiles"/>), or a block of a GPU; backward computes them again, by rows for dx and by columns for dy.
/// Cost: forward 2 b·n·E operations, backward 8 b·n·E.
/// Source: Radford et al. 2021, "Learning transferable visual models from natural language supervision", figure 3 (arXiv:2103.00020).
/// </remarks>
public static partial class Contrastive
{
    /// <summary>Adds to the loss; writes lse and, if present, the accuracy.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor y, Tensor logScale, int firstLabel, float weight,
        Tensor rowTerms, Tensor lse, Tensor loss, Tensor accuracy)
    {
        (int b, int n, int columns) = CheckShapes("Contrastive.Forward", x, y, logScale, firstLabel, lse);
        Check.HasShape("Contrastive.Forward", nameof(rowTerms), rowTerms, new Shape(2, b));
        using OperationScope scope = device.Begin("Contrastive.Forward", 2L * b * n * columns, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuForward(cpu, x, y, logScale, firstLabel, weight, rowTerms, lse, loss, accuracy);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)y.Data, b, n, columns, *(double*)logScale.Data, firstLabel, weight,
                    (double*)lse.Data, (double*)loss.Data, (double*)accuracy.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, y, logScale, firstLabel, weight, rowTerms, lse, loss, accuracy);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("Contrastive.Forward");
                break;
        }
    }

    /// <summary>Writes dx, or adds to it, and adds to dlogScale.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dloss">Gradient of the loss.</param>
    /// <param name="x">Own rows.</param>
    /// <param name="y">Rows to choose from.</param>
    /// <param name="logScale">Logarithm of the scale.</param>
    /// <param name="firstLabel">Partner of the first own row.</param>
    /// <param name="weight">Share of this direction in the loss.</param>
    /// <param name="lse">From the forward pass.</param>
    /// <param name="rowTerms">Scratch.</param>
    /// <param name="accumulate">Whether dx is added to rather than written.</param>
    /// <param name="dx">Gradient of x, or absent.</param>
    /// <param name="dlogScale">Gradient of logScale, or absent.</param>
    public static unsafe void BackwardRows(Device device, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel, float weight,
        Tensor lse, Tensor rowTerms, bool accumulate, Tensor dx, Tensor dlogScale)
    {
        (int b, int n, int columns) = CheckShapes("Contrastive.BackwardRows", x, y, logScale, firstLabel, lse);
        using OperationScope scope = device.Begin("Contrastive.BackwardRows", 4L * b * n * columns, (2 * x.ByteCount) + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackwardRows(cpu, dloss, x, y, logScale, firstLabel, weight, lse, rowTerms, accumulate, dx, dlogScale);
                break;
            case ReferenceDevice:
                ReferenceBackwardRows(*(double*)dloss.Data, (double*)x.Data, (double*)y.Data, b, n, columns, *(double*)logScale.Data,
                    firstLabel, weight, (double*)lse.Data, accumulate, (double*)dx.Data, (double*)dlogScale.Data);
                break;
            case CudaDevice cuda:
                CudaBackwardRows(cuda, dloss, x, y, logScale, firstLabel, weight, lse, rowTerms, accumulate, dx, dlogScale);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("Contrastive.BackwardRows");
                break;
        }
    }

    /// <summary>Writes dy, or adds to it.</summary>
    public static unsafe void BackwardColumns(Device device, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel,
        float weight, Tensor lse, bool accumulate, Tensor dy)
    {
        (int b, int n, int columns) = CheckShapes("Contrastive.BackwardColumns", x, y, logScale, firstLabel, lse);
        Check.SameShape("Contrastive.BackwardColumns", nameof(y), y, nameof(dy), dy);
        using OperationScope scope = device.Begin("Contrastive.BackwardColumns", 4L * b * n * columns, x.ByteCount + (2 * y.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackwardColumns(cpu, dloss, x, y, logScale, firstLabel, weight, lse, accumulate, dy);
                break;
            case ReferenceDevice:
                ReferenceBackwardColumns(*(double*)dloss.Data, (double*)x.Data, (double*)y.Data, b, n, columns, *(double*)logScale.Data,
                    firstLabel, weight, (double*)lse.Data, accumulate, (double*)dy.Data);
                break;
            case CudaDevice cuda:
                CudaBackwardColumns(cuda, dloss, x, y, logScale, firstLabel, weight, lse, accumulate, dy);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("Contrastive.BackwardColumns");
                break;
        }
    }

    private static (int OwnRows, int AllRows, int Columns) CheckShapes(string operation, Tensor x, Tensor y, Tensor logScale,
        int firstLabel, Tensor lse)
    {
        int b = x.Shape.Rows, n = y.Shape.Rows;
        PairShapes.Require(operation, x, y, firstLabel);
        Check.HasCount(operation, nameof(logScale), logScale, 1);
        Check.HasShape(operation, nameof(lse), lse, new Shape(b));
        return (b, n, x.Shape.Columns);
    }
}
