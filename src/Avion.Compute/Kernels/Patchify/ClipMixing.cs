// B clips · H, W pixels
namespace Avion.Compute;

/// <summary>With which other clip of the batch each clip is mixed, and how: mixup, CutMix, or not at all.</summary>
/// <remarks>
/// Clip b becomes share[b]·x[b] + (1 - share[b])·x[partner] outside of a box of rows and columns, the same in all frames, and x[partner]
/// inside. Mixup has an empty box, CutMix a share of 1; partner b with a share of 1 and an empty box leaves a clip as it is. Mixing is
/// linear, so it commutes with the normalization of pixels.
/// Source: Zhang et al. 2018, "mixup" (arXiv:1710.09412); Yun et al. 2019, "CutMix" (arXiv:1905.04899).
/// </remarks>
/// <param name="Places">int32 [B, <see cref="PlaceColumns"/>]: partner, first row of the box, one past its last, first column, one past
/// its last; within 0 … B - 1, 0 … H and 0 … W.</param>
/// <param name="Shares">[B] of the device's accumulation type, 0 to 1.</param>
public readonly record struct ClipMixing(Tensor Places, Tensor Shares)
{
    /// <summary>Numbers of a clip in <see cref="Places"/>.</summary>
    public const int PlaceColumns = 5;

    /// <summary>Whether no clip is mixed: the default.</summary>
    public bool IsAbsent => Places.IsAbsent;

    internal void CheckFor(int clipCount, Device device)
    {
        if (IsAbsent)
        {
            return;
        }

        Check.HasShape("Patches.Forward", nameof(Places), Places, new Shape(clipCount, PlaceColumns));
        Check.HasShape("Patches.Forward", nameof(Shares), Shares, new Shape(clipCount));
        if (Places.Type != ElementType.Int32 || Shares.Type != device.AccumulationType)
        {
            throw new ArgumentException($"Patches.Forward: the mixing has types {Places.Type} and {Shares.Type}, "
                + $"expected {ElementType.Int32} and {device.AccumulationType}.");
        }
    }

    /// <summary>How clip b is mixed, on a device that addresses host memory.</summary>
    internal unsafe MixedClip Of(int clip)
    {
        int* place = (int*)Places.Data + ((long)clip * PlaceColumns);
        double share = Shares.Type == ElementType.Float64 ? ((double*)Shares.Data)[clip] : ((float*)Shares.Data)[clip];
        return new MixedClip(place[0], share, place[1], place[2], place[3], place[4]);
    }
}

/// <summary>One row of a <see cref="ClipMixing"/>.</summary>
internal readonly record struct MixedClip(int Partner, double Share, int Top, int Bottom, int Left, int Right)
{
    /// <summary>Whether a row of pixels lies in the box.</summary>
    public bool HasBoxIn(int row) => row >= Top && row < Bottom && Left < Right;

    /// <summary>Whether a row of pixels is the clip's own.</summary>
    public bool Leaves(int row) => Share == 1 && !HasBoxIn(row);
}
