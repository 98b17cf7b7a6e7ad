using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Clips and captions of one length without content: what a step on a <see cref="PlanningDevice"/> reads.</summary>
/// <remarks>The step must not outlive the batch, which owns where the captions begin.</remarks>
internal sealed unsafe class PlannedBatch
{
    private readonly int[] _offsets;

    /// <param name="vision">Frames and size of the clips.</param>
    /// <param name="count">Clips, and captions.</param>
    /// <param name="captionTokens">Tokens of every caption.</param>
    public PlannedBatch(VisionConfig vision, int count, int captionTokens)
    {
        Pixels = Clips(count, vision.FrameCount, vision.ImageSize);
        _offsets = GC.AllocateArray<int>(count + 1, pinned: true);
        for (int caption = 0; caption <= count; caption++)
        {
            _offsets[caption] = checked(caption * captionTokens);
        }
    }

    /// <summary>uint8 [B, T, 3, H, W].</summary>
    public Tensor Pixels { get; }

    /// <summary>int32 [N], the captions end to end.</summary>
    public Tensor TokenIds => Tensor.Wrap(1, new Shape(_offsets[^1]), ElementType.Int32);

    /// <summary>Where each caption begins.</summary>
    public SequenceOffsets Captions => new((int*)Marshal.UnsafeAddrOfPinnedArrayElement(_offsets, 0), _offsets.Length - 1);

    /// <summary>Clips alone, uint8 [B, T, 3, S, S].</summary>
    public static Tensor Clips(int count, int frames, int imageSize) =>
        Tensor.Wrap(1, new Shape(count, frames, 3, imageSize, imageSize), ElementType.UInt8);
}
