namespace Avion.App.Tests;

/// <summary>Clips and answers with drawn scores; the third picture cannot be read.</summary>
internal sealed class DrawnGallery(GalleryContents contents) : IClipGallery
{
    public const int Unreadable = 2;

    public GalleryContents Contents => contents;

    /// <summary>Scores from a fixed seed, where every clip is right for one answer, and for a second one in part; every third answer is misjudged.</summary>
    public static DrawnGallery Captions(int clips, int answers, double noise)
    {
        Random random = new(5);
        float[] scores = new float[clips * answers], relevancies = new float[clips * answers];
        for (int clip = 0; clip < clips; clip++)
        {
            for (int answer = 0; answer < answers; answer++)
            {
                float relevance = answer == clip % answers ? 1 : answer == (clip + 1) % answers ? 0.5f : 0;
                relevancies[(clip * answers) + answer] = relevance;
                scores[(clip * answers) + answer] = (answer % 3 == 1 ? -relevance : relevance) + (float)(noise * random.NextDouble());
            }
        }

        return new DrawnGallery(Of("caption", clips, answers, scores) with { Relevancies = relevancies });
    }

    /// <summary>A class for each clip.</summary>
    public static DrawnGallery Classes(int clips, int classes)
    {
        Random random = new(6);
        float[] scores = [.. Enumerable.Range(0, clips * classes).Select(_ => (float)random.NextDouble())];
        return new DrawnGallery(Of("class", clips, classes, scores) with { Truth = [.. Enumerable.Range(0, clips).Select(clip => clip % classes)] });
    }

    public byte[] Picture(int clip, CancellationToken cancellation) => clip == Unreadable
        ? throw new IOException("the file is gone")
        : clip % 2 == 0 ? PngWriter.Encode(new byte[3], 1, 1) : JpegPicture.TryEncode(new byte[3], 1, 1) ?? PngWriter.Encode(new byte[3], 1, 1);

    public PlayableClip? Play(int clip) => null;

    public FoundClips Search(string text, int count) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private static GalleryContents Of(string kind, int clips, int answers, float[] scores) => new()
    {
        Weights = "step-000020, the best",
        AnswerKind = kind,
        Clips = [.. Enumerable.Range(0, clips).Select(clip => $"clip <{clip}>")],
        // Two answers of one text: descriptions of pictures must differ nevertheless.
        Answers = [.. Enumerable.Range(0, answers).Select(answer => answer < 2 ? "twin" : $"answer {answer} & more")],
        Scores = scores,
        Embeddings = scores,
        EmbeddingSize = answers,
        FramesPerPicture = 4,
    };
}
