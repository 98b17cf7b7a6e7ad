// B clips · T frames · H, W pixels · P pixels of a patch's side · Pt frames of a tubelet · c channel

namespace Avion.Compute;

/// <summary>Cuts clips into flattened patches, normalizing pixels, mirroring and mixing clips on the way.</summary>
/// <remarks>
/// Row ((b · T/Pt + t) · H/P + h) · W/P + w of the result is patch (t, h, w) of clip b; column ((c · Pt + p0) · P + p1) · P + p2 is
/// (pixels[b, t·Pt + p0, c, h·P + p1, w·P + p2] - mean_c) / deviation_c. A mirrored clip is read with W - 1 - x for x. Clips that are mixed
/// (<see cref="ClipMixing"/>) give share·y[b] + (1 - share)·y[partner] outside of their box and y[partner] inside, y being normalized.
/// This is the order of a convolution's weight [out, 3, (Pt,) P, P] flattened, so a linear layer on patches equals that convolution.
/// Shapes: pixels uint8 or the device's float type [B, T, 3, H, W]; mirrored uint8 [B], absent for none;
/// patches [B · T/Pt · H/P · W/P, 3 · Pt · P · P]. Pixels are data: no gradient flows.
/// Numerics: one subtraction and one division a pixel, rounded to float32; bytes through a table of 256 entries a channel. A mixture is
/// rounded once for each product and once for the sum; a share of 1 leaves pixels as they are to the last bit.
/// Cost: 2 operations a pixel, 7 where clips are mixed; a byte read, or two, and a float written.
/// </remarks>
public static partial class Patches
{
    /// <summary>Writes the patches.</summary>
    public static unsafe void Forward(Device device, Tensor pixels, in VideoNormalization normalization, PatchGrid grid, Tensor mirrored,
        ClipMixing mixing, Tensor patches)
    {
        Check.HasShape("Patches.Forward", nameof(patches), patches, new Shape(grid.PatchCount, grid.PatchElements));
        if (!mirrored.IsAbsent)
        {
            Check.HasShape("Patches.Forward", nameof(mirrored), mirrored, new Shape(grid.ClipCount));
        }

        mixing.CheckFor(grid.ClipCount, device);
        if (pixels.Type != ElementType.UInt8 && pixels.Type != device.ActivationType)
        {
            throw new ArgumentException($"Patches.Forward: pixels have type {pixels.Type}, "
                + $"expected {ElementType.UInt8} or {device.ActivationType}.");
        }

        using OperationScope scope = device.Begin("Patches.Forward", (mixing.IsAbsent ? 2 : 7) * patches.Count,
            ((mixing.IsAbsent ? 1 : 2) * pixels.ByteCount) + patches.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when patches.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, pixels, normalization, grid, mirrored, mixing, patches);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, pixels, normalization, grid, mirrored, mixing, patches);
                break;
            case ReferenceDevice:
                ReferenceForward(pixels.Data, pixels.Type == ElementType.UInt8, normalization, grid, (byte*)mirrored.Data,
                    mixing, (double*)patches.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, pixels, normalization, grid, mirrored, mixing, patches);
                break;
            default:
                device.RequirePlanning("Patches.Forward");
                break;
        }
    }
}
