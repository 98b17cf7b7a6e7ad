using System.Net;
using System.Text;

namespace Avion.Cli;

/// <summary>One page of pictures that shows what a training sees of prepared chunks: frames as they are,
/// and what crops leave of them.</summary>
internal static class ContactSheet
{
    private const int ShownChunks = 12, Frames = 4, CropSide = 144;

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c2733; --faint: #56636f; --rule: #d9dfe5; --paper: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --faint: #a3afba; --rule: #33404c; --paper: #161d25; } }
        body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px;
              margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; overflow-wrap: anywhere; }
        p, figcaption { color: var(--faint); font-size: .9rem; } section { border-bottom: 1px solid var(--rule); padding-bottom: 1rem; }
        figure { margin: .6rem 0; } img { max-width: 100%; height: auto; display: block; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="chunks">Folder of chunks.</param>
    /// <param name="path">The page.</param>
    /// <param name="cancellation">Ends it between two chunks; nothing is written then.</param>
    public static void Write(string chunks, string path, CancellationToken cancellation)
    {
        string[] all = [.. Directory.EnumerateFiles(chunks, "*.mp4", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width\"><title>Contact sheet</title><style>").Append(Style)
            .Append("</style></head><body>\n<h1>What a training sees</h1>\n<p>").Append(Text(Quantity.Count(all.Length, "chunk")))
            .Append(" in ").Append(Text(Path.GetFullPath(chunks))).Append("; ").Append(Math.Min(ShownChunks, all.Length))
            .Append(" of them below, four frames of each from its beginning to its end. Random crops are the usual ones of training ")
            .Append("(half to all of the area), one for all frames of a clip; a recipe may set others.</p>\n");
        using ClipReader reader = new();
        for (int shown = 0; shown < Math.Min(ShownChunks, all.Length); shown++)
        {
            cancellation.ThrowIfCancellationRequested();
            AppendChunk(page, reader, chunks, all[(int)((long)shown * all.Length / Math.Min(ShownChunks, all.Length))], shown,
                cancellation);
        }

        File.WriteAllText(path, page.Append("</body></html>\n").ToString());
    }

    private static void AppendChunk(StringBuilder page, ClipReader reader, string chunks, string chunk, int number,
        CancellationToken cancellation)
    {
        string name = Path.GetRelativePath(chunks, chunk);
        page.Append("<section><h2>").Append(Text(name)).Append("</h2>\n");
        try
        {
            VideoInfo info = reader.GetInfo(chunk, cancellation);
            page.Append("<p>").Append(string.Create(CultureInfo.InvariantCulture,
                $"{info.Width} × {info.Height} pixels, {info.FramesPerSecond:0.##} frames a second, {info.DurationSeconds:0.0} s"))
                .Append("</p>\n");
            int width = Math.Max(1, (int)Math.Round((double)CropSide * info.Width / info.Height));
            Append("frames as they are", FrameTransform.Whole(info, width, CropSide));
            CounterRandom random = new SampleKey(Seed: 0, Epoch: 0, number).Open("contact sheet");
            RandomResizedCrop crop = new() { FlipProbability = 0.5 };
            Append("a random crop of training", crop.Choose(info.Width, info.Height, CropSide, CropSide, 0, ref random));
            Append("the centre crop of evaluation", new CentreCrop().Choose(info.Width, info.Height, CropSide, CropSide, 0, ref random));

            void Append(string caption, FrameTransform transform) =>
                AppendStrip(page, reader, info, name, caption, transform with { Layout = PixelLayout.Interleaved }, cancellation);
        }
        catch (VideoException exception)
        {
            page.Append("<p>").Append(Text(exception.Message)).Append("</p>\n");
        }

        page.Append("</section>\n");
    }

    private static void AppendStrip(StringBuilder page, ClipReader reader, VideoInfo info, string name, string caption,
        in FrameTransform transform, CancellationToken cancellation)
    {
        int[] frames = [.. Enumerable.Range(0, Frames).Select(frame => (int)((((2 * frame) + 1L) * info.FrameCount) / (2 * Frames)))];
        byte[] pixels = new byte[Frames * transform.FrameBytes];
        reader.Read(info, frames, transform, pixels, cancellation);
        PictureStrip strip = PictureStrip.Of(pixels, Frames, transform.OutputWidth, transform.OutputHeight, PagePicture.GapPixels);
        IEnumerable<string> seconds = frames.Select(frame => info.TimestampSeconds(frame).ToString("0.0", CultureInfo.InvariantCulture));
        string where = $"{caption}; at {string.Join(", ", seconds)} s";
        page.Append("<figure><img width=\"").Append(strip.Width).Append("\" height=\"").Append(strip.Height).Append("\" alt=\"")
            .Append(Text($"{name}: {caption}")).Append("\" src=\"")
            .Append(PictureType.DataAddress(PagePicture.Encode(strip))).Append("\"><figcaption>").Append(Text(where))
            .Append("</figcaption></figure>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(PrintableText.Of(text));
}
