// B clips · T frames · H, W pixels · P pixels of a patch's side · Pt frames of a tubelet

namespace Avion.Compute;

/// <summary>How clips of pixels are cut into patches: B clips of T frames of 3 × H × W, patches of Pt frames of P × P.</summary>
public readonly struct PatchGrid
{
    /// <summary>Checks that the patches fill the clips.</summary>
    /// <param name="pixels">[B, T, 3, H, W].</param>
    /// <param name="patchSize">P.</param>
    /// <param name="tubeletFrames">Pt.</param>
    /// <exception cref="ArgumentException">The shape is another, or T, H or W is not a multiple of the patch.</exception>
    public PatchGrid(Shape pixels, int patchSize, int tubeletFrames = 1)
    {
        if (pixels.Rank != 5 || pixels[2] != 3)
        {
            throw new ArgumentException($"Patches: pixels have shape {pixels}, expected [clips, frames, 3, height, width].");
        }

        (ClipCount, FrameCount, Height, Width) = (pixels[0], pixels[1], pixels[3], pixels[4]);
        (PatchSize, TubeletFrames) = (patchSize, tubeletFrames);
        if (patchSize < 1 || tubeletFrames < 1 || Height % patchSize != 0 || Width % patchSize != 0 || FrameCount % tubeletFrames != 0)
        {
            throw new ArgumentException($"Patches of {tubeletFrames} × {patchSize} × {patchSize} do not fill clips of "
                + $"{FrameCount} × {Height} × {Width} pixels: every extent must be a multiple of the patch's.");
        }
    }

    /// <summary>B.</summary>
    public int ClipCount { get; }

    /// <summary>T.</summary>
    public int FrameCount { get; }

    /// <summary>H.</summary>
    public int Height { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>P.</summary>
    public int PatchSize { get; }

    /// <summary>Pt.</summary>
    public int TubeletFrames { get; }

    /// <summary>Patches along time.</summary>
    public int TimeCount => FrameCount / TubeletFrames;

    /// <summary>Patches along height.</summary>
    public int RowCount => Height / PatchSize;

    /// <summary>Patches along width.</summary>
    public int ColumnCount => Width / PatchSize;

    /// <summary>Pixel values of a patch: 3 · Pt · P · P.</summary>
    public int PatchElements => 3 * TubeletFrames * PatchSize * PatchSize;

    /// <summary>Patches of all clips.</summary>
    public int PatchCount => checked(ClipCount * TimeCount * RowCount * ColumnCount);
}
