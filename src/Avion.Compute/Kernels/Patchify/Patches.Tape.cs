namespace Avion.Compute;

public static partial class Patches
{
    /// <summary>Normalized patches of one frame each; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W].</param>
    /// <param name="normalization">Mean and deviation of each channel.</param>
    /// <param name="patchSize">P.</param>
    /// <param name="mirrored">uint8 [B]: 1 where the clip is mirrored left to right; absent for none.</param>
    /// <param name="mixing">With which clips the clips are mixed; absent for none.</param>
    /// <returns>[B · T · H/P · W/P, 3 · P · P], constant.</returns>
    public static Tensor Patchify(this Tape tape, Tensor pixels, VideoNormalization normalization, int patchSize,
        Tensor mirrored = default, ClipMixing mixing = default) =>
        PatchifyTubelets(tape, pixels, normalization, patchSize, tubeletFrames: 1, mirrored, mixing);

    /// <summary>Normalized patches of Pt frames each; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W].</param>
    /// <param name="normalization">Mean and deviation of each channel.</param>
    /// <param name="patchSize">P.</param>
    /// <param name="tubeletFrames">Pt.</param>
    /// <param name="mirrored">uint8 [B]: 1 where the clip is mirrored left to right; absent for none.</param>
    /// <param name="mixing">With which clips the clips are mixed; absent for none.</param>
    /// <returns>[B · T/Pt · H/P · W/P, 3 · Pt · P · P], constant.</returns>
    public static Tensor PatchifyTubelets(this Tape tape, Tensor pixels, VideoNormalization normalization, int patchSize, int tubeletFrames,
        Tensor mirrored = default, ClipMixing mixing = default)
    {
        PatchGrid grid = new(pixels.Shape, patchSize, tubeletFrames);
        Tensor patches = tape.Allocate(new Shape(grid.PatchCount, grid.PatchElements));
        Forward(tape.Device, pixels, normalization, grid, mirrored, mixing, patches);
        return patches;
    }

    /// <summary>Patches of clips that are numbers already, taken as they are: for comparing a model with another implementation.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="pixels">[B, T, 3, H, W] of the device's float type.</param>
    /// <param name="patchSize">P.</param>
    /// <param name="tubeletFrames">Pt.</param>
    public static Tensor PatchifyFloat(this Tape tape, Tensor pixels, int patchSize, int tubeletFrames = 1) =>
        PatchifyTubelets(tape, pixels, VideoNormalization.None, patchSize, tubeletFrames);
}
