namespace Avion.Browser.Tests;

/// <summary>Six clips of two captions whose every score is known; a clip's picture has a colour of its own,
/// as PNG or, of odd clips, as JPEG.</summary>
internal sealed class PlantedGallery : IClipGalleryOpener, IClipGallery
{
    /// <summary>The clip that cannot be read.</summary>
    public const int Unreadable = 5;

    private const int Frames = 2, Side = 16;

    /// <summary>The captions; one looks like markup.</summary>
    public static readonly string[] Captions = ["someone opens <img src=x onerror=alert(1)> a drawer", "a ring moves up"];

    /// <summary>Scores of each clip for each caption.</summary>
    public static readonly float[,] Scores = { { 0.1f, 0.9f }, { 0.2f, 0.8f }, { 0.3f, 0.7f }, { 0.9f, 0.6f }, { 0.8f, 0.95f }, { 0.7f, 0.05f } };

    /// <summary>The right caption of each clip.</summary>
    public static readonly int[] Truth = [0, 0, 0, 1, 1, 1];

    /// <summary>A failure of opening, while there is one.</summary>
    public string? Failure { get; set; }

    /// <inheritdoc />
    public GalleryContents Contents { get; } = new()
    {
        Weights = "step-000400, the best", AnswerKind = "caption", Clips = [.. Enumerable.Range(0, Truth.Length).Select(ClipName)], Answers = Captions,
        Scores = [.. Scores.Cast<float>()], Truth = Truth, Embeddings = [.. Scores.Cast<float>()], EmbeddingSize = Captions.Length,
        FramesPerPicture = Frames, ReadsText = true,
    };

    /// <summary>Name of a clip.</summary>
    public static string ClipName(int clip) => $"video-{clip} (1.00-2.00 s)";

    /// <summary>Red, green and blue of a clip's first frame.</summary>
    public static byte[] Colour(int clip) => [(byte)(40 * clip), (byte)(200 - (30 * clip)), 90];

    /// <inheritdoc />
    public IClipGallery Open(string runFolder, Action<double> progress, CancellationToken cancellation) =>
        Failure is null ? this : throw new InvalidOperationException(Failure);

    /// <inheritdoc />
    public byte[] Picture(int clip, CancellationToken cancellation)
    {
        if (clip == Unreadable)
        {
            throw new IOException("The video is damaged.");
        }

        byte[] pixels = [.. Enumerable.Repeat(Colour(clip), Side * Side).SelectMany(pixel => pixel)];
        PictureStrip strip = PictureStrip.Of([.. pixels, .. pixels.Select(value => (byte)(255 - value))], Frames, Side, Side);
        return clip % 2 == 0 ? strip.ToPng() : JpegPicture.TryEncode(strip.ToRgb(), strip.Width, strip.Height) ?? strip.ToPng();
    }

    /// <inheritdoc />
    public PlayableClip? Play(int clip) => null;

    /// <inheritdoc />
    public FoundClips Search(string text, int count) => text == "fail"
        ? throw new InvalidOperationException("The model was taken away.")
        : new FoundClips([(4, 0.5), (0, 0.25)], text.Length > 20 ? "The text is long: its end is left out." : null);

    public void Dispose()
    {
    }
}
