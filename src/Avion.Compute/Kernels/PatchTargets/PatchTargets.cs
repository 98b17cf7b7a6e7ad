// N patches · R chosen patches · n = Pt·P·P pixels of a patch · c channels (3)

namespace Avion.Compute;

/// <summary>Makes what a masked autoencoder has to predict: the pixels of hidden patches, each
/// patch and channel normalized by itself.</summary>
/// <remarks>
/// From the model's own input patches x, which hold (pixel - mean_c) / deviation_c. Normalized:
/// y[r, i·3 + c] = (x - m) / (s + 1e-6 / deviation_c), with mean m and deviation s (dividing by n - 1) of the n values of channel c of
/// patch rows[r]; that is (pixel - mean) / (deviation + 1e-6) of the pixels themselves, for both scale alike.
/// Not normalized: y = x, the pixels on the model's own scale, which a fresh model reaches in as many steps as normalized ones.
/// Shapes: x [N, 3·n], columns (c, time, row, column); rows int32 [R]; y [R, n·3], columns (time, row, column, c).
/// No gradient. Numerics: sums in double precision; on CUDA in float32, of the differences from a channel's first pixel. Only the chosen
/// patches are computed. Cost: 8 R·3n operations.
/// Source: He et al. 2022, section 3 "Reconstruction target" (arXiv:2111.06377); Tong et al. 2022, section 3 (arXiv:2203.12602).
/// </remarks>
public static partial class PatchTargets
{
    private const double DeviationOffset = 1e-6;

    /// <summary>The targets of chosen patches; see <see cref="PatchTargets"/>.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="patches">[N, 3·n], as <c>PatchifyTubelets</c> makes them.</param>
    /// <param name="rows">int32 [R].</param>
    /// <param name="normalization">The one under which the patches were made.</param>
    /// <param name="normalizesPatches">False for pixels as the model reads them.</param>
    /// <returns>[R, n·3], constant.</returns>
    public static Tensor PatchTargetsOf(this Tape tape, Tensor patches, Tensor rows, VideoNormalization normalization,
        bool normalizesPatches)
    {
        Tensor y = tape.Allocate(new Shape((int)rows.Count, patches.Shape.Columns));
        Forward(tape.Device, patches, rows, normalization, normalizesPatches, y);
        return y;
    }

    /// <summary>Writes y.</summary>
    public static unsafe void Forward(Device device, Tensor patches, Tensor rows, VideoNormalization normalization,
        bool normalizesPatches, Tensor y)
    {
        int columns = patches.Shape.Columns;
        Check.HasShape("PatchTargets", nameof(y), y, new Shape((int)rows.Count, columns));
        if (columns % 3 != 0 || rows.Type != ElementType.Int32)
        {
            throw new ArgumentException($"PatchTargets: patches {patches} must have three channels of columns, "
                + $"rows {rows} must be {ElementType.Int32}.");
        }

        using OperationScope scope = device.Begin("PatchTargets.Forward", 8 * y.Count, 2 * y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, patches, rows, normalization, normalizesPatches, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, patches, rows, normalization, normalizesPatches, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)patches.Data, (int*)rows.Data, y.Shape.Rows, columns / 3, normalization, normalizesPatches,
                    (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, patches, rows, normalization, normalizesPatches, y);
                break;
            default:
                device.RequirePlanning("PatchTargets.Forward");
                break;
        }
    }
}
