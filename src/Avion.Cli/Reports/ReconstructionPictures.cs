namespace Avion.Cli;

/// <summary>Pictures of what a masked autoencoder fills in.</summary>
internal static class ReconstructionPictures
{
    private const int Clips = 6, Channels = 3;

    /// <summary>Whether a run trains one.</summary>
    public static bool AreOf(string runFolder) =>
        RecipeReader.ReadFile(Path.Combine(CheckpointChoice.Of(runFolder).Folder, CheckpointStore.RecipeFile)).Task == MaskedVideoTask.Name;

    /// <summary>Lets a run's best checkpoint fill in some held-out clips.</summary>
    public static IReadOnlyList<Reconstruction> Draw(
        string runFolder, DeviceList devices, int threads, PictureForm form, CancellationToken cancellation) =>
    [
        .. ClipFilling.Run(runFolder, Clips, new EvaluationOptions
            {
                Devices = devices, Training = new TrainingOptions { ComputeThreads = threads },
            }, cancellation)
            .Select(clip => new Reconstruction(clip.Name, clip.Error, Picture(clip, form))),
    ];

    /// <summary>Three rows: the clip, what was seen, what was filled in.</summary>
    private static byte[] Picture(FilledClip clip, PictureForm form)
    {
        int factor = Math.Max(1, clip.ImageSize / form.SidePixels), side = clip.ImageSize / factor;
        int shown = Math.Min(form.Frames, clip.FrameCount);
        byte[][] rows = [clip.Original, clip.Seen, clip.Filled];
        byte[] pictures =
        [
            .. rows.SelectMany(row => Enumerable.Range(0, shown).SelectMany(frame =>
                Shrink(row, ((2 * frame) + 1) * clip.FrameCount / (2 * shown), clip.ImageSize, factor))),
        ];
        return PagePicture.Encode(PictureStrip.Of(pictures, rows.Length * shown, side, side, form.GapPixels, rows.Length));
    }

    /// <summary>A frame of [T, H, W, 3], each of its pixels the mean of a square of <paramref name="factor"/>.</summary>
    private static byte[] Shrink(byte[] frames, int frame, int size, int factor)
    {
        int side = size / factor, start = frame * size * size * Channels;
        byte[] small = new byte[side * side * Channels];
        for (int i = 0; i < small.Length; i++)
        {
            (int place, int channel) = Math.DivRem(i, Channels);
            (int y, int x) = Math.DivRem(place, side);
            int sum = 0;
            for (int inSquare = 0; inSquare < factor * factor; inSquare++)
            {
                int row = (y * factor) + (inSquare / factor), column = (x * factor) + (inSquare % factor);
                sum += frames[start + (((row * size) + column) * Channels) + channel];
            }

            small[i] = (byte)(sum / (factor * factor));
        }

        return small;
    }
}
