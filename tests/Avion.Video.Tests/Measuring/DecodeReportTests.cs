namespace Avion.Video.Tests;

/// <summary>The benchmark of clip reading: which figures it gives and that counts, not times, are right.</summary>
public sealed class DecodeReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_table_of_prepared_chunks_holds_every_figure_and_the_profile_s_targets()
    {
        string source = _folder.File("a.mkv");
        MakeSource(source, seconds: 4);
        new TreePreparation(new PrepareOptions { ShortSide = 64, Jobs = 1 }).Run(source, _folder.File("out"));
        (DecodeBenchmarkResult clips, IReadOnlyList<DecodeFigure> figures) =
            DecodeReport.ForFiles(Options(Path.Combine(_folder.File("out"), "a.mp4", "0.mp4")), TestContext.Current.CancellationToken);

        string[] expected =
        [
            "clip", "clip_16_frames", "frames_decoded_per_clip", "bytes_read_per_clip", "managed_bytes_per_clip", "decode_without_resize",
            "resize_antialiased", "resize_bilinear", "every_frame",
        ];
        Assert.Equal(expected, figures.Select(figure => figure.Key).Where(key => key != "two_workers"));
        Assert.Equal(2.1, figures[0].Target);
        Assert.Equal(2.2, figures[1].Target);
        Assert.Equal(0, figures[4].Value);
        Assert.True(figures[4].IsMet);
        Assert.All(figures, figure => Assert.True(figure.Value >= 0 && (double.IsNaN(figure.Ratio) || figure.Ratio > 0), figure.Key));
        Assert.InRange(clips.FramesDecodedPerClip, 4, 60);
        Assert.Equal((int)Math.Ceiling(100 / clips.ClipsPerCoreSecond), clips.CoresFor(100));
    }

    [Fact]
    public void Every_profile_gets_its_row_beside_the_usual_way_on_compatible_chunks()
    {
        string source = _folder.File("a.mkv");
        MakeSource(source, seconds: 4);
        string work = _folder.File("work");
        (_, IReadOnlyList<DecodeFigure> figures) = DecodeReport.ForProfiles(Options(source), work, TestContext.Current.CancellationToken);

        DecodeFigure compatible = figures.Single(figure => figure.Key == "compatible_clip");
        foreach ((string profile, double target) in new[] { ("fast", 6.5), ("faster", 9), ("intra", 20) })
        {
            DecodeFigure across = figures.Single(figure => figure.Key == profile + "_over_usual");
            Assert.Equal(target, across.Target);
            Assert.Equal(compatible.Beside, across.Beside);
            Assert.Equal(across.Beside / across.Value, across.Ratio, 9);
        }

        // The index of a file is known, so its length cannot matter.
        double[] bytes = [.. figures.Where(figure => figure.Key.StartsWith("bytes_", StringComparison.Ordinal)).Select(figure =>
            figure.Value)];
        Assert.Equal(3, bytes.Length);
        Assert.InRange(bytes.Max() / bytes.Min(), 1, 1.5);
    }

    [Fact]
    public void Targets_are_about_the_ratio_where_there_is_one()
    {
        Assert.True(new DecodeFigure("a", "a", 5, "ms", 10, "b", 2, FigureBound.AtLeast, 2).IsMet);
        Assert.False(new DecodeFigure("a", "a", 5, "ms", 10, "b", 2, FigureBound.AtLeast, 2.5).IsMet);
        Assert.False(new DecodeFigure("a", "a", 5, "bytes", Bound: FigureBound.AtMost, Target: 4).IsMet);
        Assert.Null(new DecodeFigure("a", "a", 5, "bytes").IsMet);
    }

    private static void MakeSource(string path, int seconds)
    {
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i testsrc2=s=112x64:r=30:d={seconds} -c:v libx264 -preset ultrafast -qp 10 \"{path}\"");
    }

    private static DecodeBenchmarkOptions Options(string file) => new() { Files = [file], ClipCount = 6, Rounds = 1, OutputSize = 32 };
}
