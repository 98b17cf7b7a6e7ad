// N rows (tokens) · I inputs · O outputs
namespace Avion.Compute;

/// <summary>A linear layer and GELU in one pass, as in the first half of a transformer's feed-forward part.</summary>
/// <remarks>
/// Forward: u = x Wᵀ + b; y = GELU(u); keeps u for backward, from which y can be made again.
/// Backward: du = dy · GELU'(u), written over u; db += Σ_rows du; the rest is <see cref="Linear"/>'s backward with du.
/// Shapes: x [N, I]; W [O, I]; b, db [O]; y, u, dy, du [N, O].
/// Numerics: GELU to about 5e-7 relative, of u as it is stored: a u of bfloat16 is rounded once, bias included, and y from it again.
/// Cost: forward 2 N·I·O + 36 N·O operations; backward 38 N·O operations, 3 N·O elements of traffic.
/// Source: Hendrycks, Gimpel 2016, "Gaussian error linear units", section 2 (arXiv:1606.08415).
/// </remarks>
public static partial class LinearGelu
{
    /// <summary>Writes y and, unless absent, u.</summary>
    /// <param name="device">Where.</param>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">W, [O, I].</param>
    /// <param name="bias">[O].</param>
    /// <param name="kind">Which GELU.</param>
    /// <param name="y">[N, O].</param>
    /// <param name="u">[N, O], or absent when there will be no backward.</param>
    public static unsafe void Forward(Device device, Tensor x, Tensor weight, Tensor bias, GeluKind kind, Tensor y, Tensor u)
    {
        (int n, int outputs, int inputs) = MatrixMultiply.CheckShapes("LinearGelu.Forward", x, false, weight, true, bias, y);
        if (!u.IsAbsent)
        {
            Check.SameShape("LinearGelu.Forward", nameof(y), y, nameof(u), u);
        }

        using OperationScope scope = device.Begin("LinearGelu.Forward", MatrixMultiply.Flops(n, outputs, inputs) + (36 * y.Count),
            x.ByteCount + weight.ByteCount + y.ByteCount + (u.IsAbsent ? 0 : u.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuForward(cpu, x, weight, bias, n, outputs, inputs, kind, y, u);
                break;
            case ReferenceDevice:
                MatrixMultiply.ReferenceRun((double*)x.Data, false, (double*)weight.Data, true, (double*)bias.Data, n, outputs, inputs,
                    false, (double*)y.Data);
                if (!u.IsAbsent)
                {
                    device.Copy(y, u);
                }

                Gelu.ReferenceForward((double*)y.Data, y.Count, kind, (double*)y.Data);
                break;
            case PlanningDevice plan:
                MatrixProduct.Plan(plan, x.Type, y.Type, transposeA: false, transposeB: true, n, outputs, inputs);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, weight, bias, n, outputs, inputs, kind, y, u);
                break;
            default:
                device.RequirePlanning("LinearGelu.Forward");
                break;
        }
    }

    /// <summary>Turns u into du and adds to db.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dy">Gradient of y.</param>
    /// <param name="kind">Which GELU.</param>
    /// <param name="u">From the forward pass; du afterwards.</param>
    /// <param name="dbias">Gradient of b, or absent when it is frozen.</param>
    public static unsafe void Backward(Device device, Tensor dy, GeluKind kind, Tensor u, Tensor dbias)
    {
        int rows = dy.Shape.Rows, columns = dy.Shape.Columns;
        Check.SameShape("LinearGelu.Backward", nameof(dy), dy, nameof(u), u);
        using OperationScope scope = device.Begin("LinearGelu.Backward", 38 * dy.Count, 3 * dy.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CpuBackward(cpu, dy, kind, u, dbias);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, kind, (double*)u.Data, rows, columns, (double*)dbias.Data);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(ColumnSum.CpuPartialCount(rows, columns));
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, kind, u, dbias);
                break;
            default:
                device.RequirePlanning("LinearGelu.Backward");
                break;
        }
    }
}
