namespace Avion.Cli;

/// <summary>Makes the report of a run: finds out what its files do not tell, and writes the page.</summary>
internal sealed class ReportMaker
{
    /// <summary>Frames of a clip's picture, as it stands in a report.</summary>
    private static readonly PictureForm s_pictures = new(Frames: 4, SidePixels: 112, PagePicture.GapPixels);

    /// <summary>What computes; a report without clips computes nothing.</summary>
    public DeviceList Devices { get; init; } = DeviceList.Auto;

    /// <summary>Threads that compute; 0 for all.</summary>
    public int Threads { get; init; }

    /// <summary>Whether held-out clips are looked at, which takes as long as an evaluation.</summary>
    public bool LooksAtClips { get; init; } = true;

    /// <summary>Figures that were measured besides those of the log.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Writes the report; it appears whole or not at all.</summary>
    /// <param name="runFolder">The run, of which nothing is changed.</param>
    /// <param name="path">The page.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Ends it; nothing is written then.</param>
    public RunReport Write(string runFolder, string path, ProgressDisplay progress, CancellationToken cancellation)
    {
        IReadOnlyList<RecipeChange> changes = RecipeChanges.Of(runFolder, out string note);
        ReportFindings findings = new() { RecipeChanges = changes, RecipeNote = note, Figures = Figures };
        findings = LooksAtClips
            ? LookAtClips(findings, runFolder, progress, cancellation)
            : findings with { ClipsNote = "they were not asked for." };
        using IClipGallery? gallery = findings.Gallery;
        RunReport report = RunReport.Read(runFolder, findings, DateTimeOffset.UtcNow);
        DurableFiles.WriteText(path, report.ToHtml(cancellation));
        return report;
    }

    private ReportFindings LookAtClips(ReportFindings findings, string runFolder, ProgressDisplay progress, CancellationToken cancellation)
    {
        try
        {
            if (ReconstructionPictures.AreOf(runFolder))
            {
                progress.Report("clips", double.NaN, "the best checkpoint fills in held-out clips");
                return findings with
                {
                    Reconstructions = ReconstructionPictures.Draw(runFolder, Devices, Threads, s_pictures, cancellation),
                };
            }

            RunGalleryOpener opener = new(Devices, Threads, s_pictures);
            return findings with
            {
                Gallery = opener.Open(runFolder, share => progress.Report("clips", share, "the best checkpoint answers to held-out clips"),
                    cancellation),
            };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever a model or its data has, the rest of the report stands, and the page says so.
            return findings with { ClipsNote = FailureSentence.From(error, interrupted: false).Text };
        }
    }
}
