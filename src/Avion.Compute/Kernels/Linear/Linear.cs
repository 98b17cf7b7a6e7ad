// N rows (tokens) · I inputs · O outputs
namespace Avion.Compute;

/// <summary>A linear layer, y = x Wᵀ + b with W [O, I], and a projection, y = x M with M [I, O].</summary>
/// <remarks>
/// Backward of the layer: dx = dy W; dW += dyᵀ x; db += Σ_rows dy. Backward of the projection: dx = dy Mᵀ; dM += xᵀ dy.
/// Shapes: x, dx [N, I]; y, dy [N, O]; W, dW [O, I]; M, dM [I, O]; b, db [O].
/// Everything is a <see cref="MatrixMultiply"/>, which adds the bias while a tile is in the cache, and a <see cref="ColumnSum"/>.
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

    /// <summary>Writes dx, or adds to it.</summary>
    public static void BackwardInput(Device device, Tensor dy, Tensor weight, bool isInputMajor, bool accumulate, Tensor dx) =>
        MatrixMultiply.Run(device, dy, transposeA: false, weight, transposeB: isInputMajor, bias: default, accumulate, dx);

    /// <summary>Adds to dW or dM.</summary>
    public static void BackwardWeight(Device device, Tensor dy, Tensor x, bool isInputMajor, Tensor dweight)
    {
        (Tensor left, Tensor right) = isInputMajor ? (x, dy) : (dy, x);
        MatrixMultiply.Run(device, left, transposeA: true, right, transposeB: false, bias: default, accumulate: true, dweight);
    }
}
