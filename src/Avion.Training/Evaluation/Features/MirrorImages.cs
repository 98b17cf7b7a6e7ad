namespace Avion.Training;

/// <summary>Mirrors clips left to right, for evaluations that average a clip and its mirror image.</summary>
public static class MirrorImages
{
    /// <summary>Mirrors all clips of a batch in its own memory; twice gives them back.</summary>
    public static void Mirror(ClipBatch batch)
    {
        for (int clip = 0; clip < batch.Count; clip++)
        {
            Mirror(batch.Clip(clip), batch.Width);
        }
    }

    /// <summary>Mirrors pixels of uint8 [..., W] in place.</summary>
    public static void Mirror(Span<byte> pixels, int width)
    {
        for (int row = 0; row + width <= pixels.Length; row += width)
        {
            pixels.Slice(row, width).Reverse();
        }
    }
}
