// N rows (tokens) · I inputs · O outputs
namespace Avion.Compute;

/// <summary>A linear layer, y = x Wᵀ + b with W [O, I], and a projection, y = x M with M [I, O].</summary>
/// <remarks>
/// Backward of the layer: dx = dy W; dW += dyᵀ x; db += Σ_rows dy. Backward of the projection: dx = dy Mᵀ; dM += xᵀ dy.
/// Shapes: x, dx [N, I]; y, dy [N, O]; W, dW [O, I]; M, dM [I, O]; b, db [O].
/// Everything is a <see cref="MatrixMultiply"/>, which adds the bias while a tile is in the cache, and a <see cref="ColumnSum"/>; on the
/// processor the three of the backward pass are one piece of parallel work, with the same numbers.
/// Cost: 2 N·I·O operations forward, twice that backward.
/// </remarks>
public static partial class Linear
{
    /// <summary>Writes y.</summary>
    /// <param name="device">Where.</param>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">W [O, I], or M [I, O].</param>
    /// <param name="isInputMajor">Whether the weight is M, as projections are stored.</param>
    /// <param name="bias">[O], or absent.</param>
    /// <param name="y">[N, O].</param>
    public static void Forward(Device device, Tensor x, Tensor weight, bool isInputMajor, Tensor bias, Tensor y) =>
        MatrixMultiply.Run(device, x, transposeA: false, weight, transposeB: !isInputMajor, bias, accumulate: false, y);

    /// <summary>Adds to dW or dM and to db; writes dx, or adds to it.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dy">[N, O].</param>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">W [O, I], or M [I, O].</param>
    /// <param name="isInputMajor">Whether the weight is M.</param>
    /// <param name="dweight">As the weight, or absent when it is frozen.</param>
    /// <param name="dbias">[O], or absent.</param>
    /// <param name="accumulate">Whether dx is added to rather than written.</param>
    /// <param name="dx">[N, I], or absent when nobody wants it.</param>
    public static void Backward(Device device, Tensor dy, Tensor x, Tensor weight, bool isInputMajor, Tensor dweight, Tensor dbias,
        bool accumulate, Tensor dx)
    {
        if (!IsJoint(device) || dweight.IsAbsent || dx.IsAbsent)
        {
            BackwardInTurn(device, dy, x, weight, isInputMajor, dweight, dbias, accumulate, dx);
            return;
        }

        int n = x.Shape.Rows, inputs = x.Shape.Columns, outputs = dy.Shape.Columns;
        (Tensor left, Tensor right) = Factors(dy, x, isInputMajor);
        _ = MatrixMultiply.CheckShapes("Linear.Backward", left, true, right, false, default, dweight);
        _ = MatrixMultiply.CheckShapes("Linear.Backward", dy, false, weight, isInputMajor, default, dx);
        if (!dbias.IsAbsent)
        {
            Check.HasCount("Linear.Backward", nameof(dbias), dbias, outputs);
        }

        using OperationScope scope = device.Begin("Linear.Backward",
            (2 * MatrixMultiply.Flops(n, outputs, inputs)) + (dbias.IsAbsent ? 0 : dy.Count),
            (2 * dy.ByteCount) + x.ByteCount + weight.ByteCount + (2 * dweight.ByteCount) + ((accumulate ? 2 : 1) * dx.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackward(cpu, dy, x, weight, isInputMajor, dweight, dbias, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward(dy, x, weight, isInputMajor, dweight, dbias, accumulate, dx);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(CpuPartialCount(dy, dbias), CpuScratchPerWorker(dx, outputs));
                break;
            default:
                throw new NotSupportedException($"Linear.Backward has no way to compute on {device.GetType().Name}. This is a bug in Avion.");
        }
    }

    /// <summary>Whether the products and sums of the backward pass are one piece of work, for which both gradients are held at once.</summary>
    internal static bool IsJoint(Device device) => device.AddressesHostMemory;

    /// <summary>The same as three operations, of which some may be left out.</summary>
    private static void BackwardInTurn(Device device, Tensor dy, Tensor x, Tensor weight, bool isInputMajor, Tensor dweight, Tensor dbias,
        bool accumulate, Tensor dx)
    {
        if (!dweight.IsAbsent)
        {
            BackwardWeight(device, dy, x, isInputMajor, dweight);
        }

        if (!dx.IsAbsent)
        {
            BackwardInput(device, dy, weight, isInputMajor, accumulate, dx);
        }

        if (!dbias.IsAbsent)
        {
            ColumnSum.Accumulate(device, dy, dbias);
        }
    }

    /// <summary>Writes dx, or adds to it.</summary>
    internal static void BackwardInput(Device device, Tensor dy, Tensor weight, bool isInputMajor, bool accumulate, Tensor dx) =>
        MatrixMultiply.Run(device, dy, transposeA: false, weight, transposeB: isInputMajor, bias: default, accumulate, dx);

    /// <summary>Adds to dW or dM.</summary>
    internal static void BackwardWeight(Device device, Tensor dy, Tensor x, bool isInputMajor, Tensor dweight)
    {
        (Tensor left, Tensor right) = Factors(dy, x, isInputMajor);
        MatrixMultiply.Run(device, left, transposeA: true, right, transposeB: false, bias: default, accumulate: true, dweight);
    }

    /// <summary>Of the gradient of the weight, the first of them transposed.</summary>
    private static (Tensor Left, Tensor Right) Factors(Tensor dy, Tensor x, bool isInputMajor) => isInputMajor ? (x, dy) : (dy, x);
}
