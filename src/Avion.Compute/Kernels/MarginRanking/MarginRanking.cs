// b own rows · n rows they are compared with · E columns (embedding)
namespace Avion.Compute;

/// <summary>One direction of the margin ranking losses: each row of x must be nearer to its partner in y than to the other rows.</summary>
/// <remarks>
/// s[i, j] = x[i]·y[j]; the partner of row i is row p = firstLabel + i. loss += weight / (b (n - 1)) Σ_i Σ_{j ≠ p} ℓ(s[i, p] - s[i, j]),
/// with ℓ of <see cref="MarginRule"/>; its slopes are the gradients of s[i, j], and their negative sum that of s[i, p].
/// The relevancy of y[j] to x[i] is relevancy[p, j], or relevancy[j, p] of the matrix transposed, so that one matrix [n, n] serves both
/// directions.
/// The symmetric loss is this with texts and images, plus this with images and texts, each of weight 1/2.
/// Shapes: x, dx [b, E]; y, dy [n, E]; relevancy [n, n] of the accumulations' type or absent; rowTerms [3, b], kept for the backward; loss
/// scalar.
/// Numerics: losses of a row are summed in double precision in the order of j (on GPUs in float32, tile by tile); similarities exist as one
/// tile a worker, or a block of a GPU. At a kink the slope is 0.
/// Cost: forward 2 b·n·E operations, backward 8 b·n·E.
/// </remarks>
public static partial class MarginRanking
{
    /// <summary>Adds to the loss and writes the row terms.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor y, MarginRule rule, Tensor relevancy, bool transposesRelevancy,
        int firstLabel, float weight, Tensor rowTerms, Tensor loss)
    {
        CheckShapes(device, "MarginRanking.Forward", x, y, rule, relevancy, firstLabel, rowTerms);
        int b = x.Shape.Rows, n = y.Shape.Rows, columns = x.Shape.Columns;
        using OperationScope scope = device.Begin("MarginRanking.Forward", 2L * b * n * columns, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuForward(cpu, x, y, rule, relevancy, transposesRelevancy, firstLabel, weight, rowTerms, loss);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)y.Data, b, n, columns, rule, (double*)relevancy.Data,
                    transposesRelevancy, firstLabel, weight, (double*)loss.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, y, rule, relevancy, transposesRelevancy, firstLabel, weight, rowTerms, loss);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("MarginRanking.Forward");
                break;
        }
    }

    /// <summary>Writes or adds to dx and dy; either may be absent.</summary>
    public static unsafe void Backward(Device device, Tensor dloss, Tensor x, Tensor y, MarginRule rule, Tensor relevancy,
        bool transposesRelevancy, int firstLabel, float weight, Tensor rowTerms, bool accumulatesRows, Tensor dx,
        bool accumulatesColumns, Tensor dy)
    {
        CheckShapes(device, "MarginRanking.Backward", x, y, rule, relevancy, firstLabel, rowTerms);
        int b = x.Shape.Rows, n = y.Shape.Rows, columns = x.Shape.Columns;
        using OperationScope scope = device.Begin("MarginRanking.Backward", 8L * b * n * columns, 2 * (x.ByteCount + y.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackward(cpu, dloss, x, y, rule, relevancy, transposesRelevancy, firstLabel, weight, rowTerms, accumulatesRows, dx,
                    accumulatesColumns, dy);
                break;
            case ReferenceDevice:
                ReferenceBackward(*(double*)dloss.Data, (double*)x.Data, (double*)y.Data, b, n, columns, rule, (double*)relevancy.Data,
                    transposesRelevancy, firstLabel, weight, accumulatesRows, (double*)dx.Data, accumulatesColumns, (double*)dy.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dloss, x, y, rule, relevancy, transposesRelevancy, firstLabel, weight, rowTerms, accumulatesRows, dx,
                    accumulatesColumns, dy);
                break;
            case PlanningDevice plan:
                PairTiles.PlanScratch(plan, x, y);
                break;
            default:
                device.RequirePlanning("MarginRanking.Backward");
                break;
        }
    }

    private static void CheckShapes(Device device, string operation, Tensor x, Tensor y, MarginRule rule, Tensor relevancy, int firstLabel,
        Tensor rowTerms)
    {
        PairShapes.Require(operation, x, y, firstLabel);
        Check.HasShape(operation, nameof(rowTerms), rowTerms, new Shape(3, x.Shape.Rows));
        if (rule.NeedsRelevancy)
        {
            Check.HasShape(operation, nameof(relevancy), relevancy, new Shape(y.Shape.Rows, y.Shape.Rows));
            Check.IsNotRounded(operation, nameof(relevancy), relevancy, device);
        }
    }

    /// <summary>Share of one pair in the loss.</summary>
    private static double PairWeight(int b, int n, double weight) => weight / (System.Math.Max(1, b) * (double)System.Math.Max(1, n - 1));
}
