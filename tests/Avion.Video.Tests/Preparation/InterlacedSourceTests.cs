namespace Avion.Video.Tests;

/// <summary>Pictures of two moments become pictures of one.</summary>
public sealed class InterlacedSourceTests : IDisposable
{
    private const int Width = 192;
    private const int Height = 128;
    private const int Frames = 25;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flagged.mpg", "interleave_top", "-c:v mpeg2video -q:v 1 -flags +ildct+ilme -top 1")]
    [InlineData("flagged.mp4", "interleave_top", "-c:v libx264 -qp 4 -flags +ildct+ilme -x264-params tff=1")]
    [InlineData("declared.mov", "interleave_bottom", "-c:v mjpeg -q:v 1 -pix_fmt yuvj420p -field_order bb")]
    public void Chunks_show_the_moment_of_the_first_field(string name, string order, string coding)
    {
        const string moving = "-f lavfi -i testsrc2=s=192x128:r=50:d=1,scroll=horizontal=0.03";
        FFmpegProgram.Require();
        string source = _folder.File(name);
        FFmpegProgram.Run($"{moving} -vf tinterlace=mode={order} {coding} \"{source}\"");
        // Before it was interlaced: the moment of each picture's first field, and that of its second.
        byte[] truth = FFmpegProgram.Run($"{moving} -vf select=not(mod(n\\,2)) -fps_mode passthrough -pix_fmt gray -f rawvideo -");
        byte[] later = FFmpegProgram.Run($"{moving} -vf select=mod(n\\,2) -fps_mode passthrough -pix_fmt gray -f rawvideo -");
        byte[] combed = FFmpegProgram.Run($"-i \"{source}\" -fps_mode passthrough -pix_fmt gray -f rawvideo -");
        PrepareReport report = new TreePreparation(new PrepareOptions { FramesPerSecond = new FrameRate(25), RateFactor = 4, Jobs = 1 })
            .Run(source, _folder.File("out"));
        Assert.Empty(report.Bad);
        string chunk = Path.Combine(_folder.File("out"), Path.ChangeExtension(name, ".mp4"), "0.mp4");
        byte[] prepared = FFmpegProgram.Run($"-i \"{chunk}\" -fps_mode passthrough -pix_fmt gray -f rawvideo -");

        Assert.Equal(Width * Height * Frames, prepared.Length);
        double before = CombingBeyond(combed, truth);
        double after = CombingBeyond(prepared, truth);
        Assert.True(before > 1, $"the source is not combed: {before:0.00} levels");
        Assert.True(after < before / 4, $"combing was {before:0.00} levels beyond the truth's and is {after:0.00}");
        Assert.True(MeanDifference(prepared, truth) < MeanDifference(prepared, later) / 2, "the pictures are of another moment");
    }

    [Fact]
    public void Progressive_pictures_are_left_alone()
    {
        FFmpegProgram.Require();
        string source = _folder.File("a.mp4");
        FFmpegProgram.Run($"-f lavfi -i testsrc2=s={Width}x{Height}:r=25:d=1 -c:v libx264 -qp 0 \"{source}\"");
        SourceFacts facts = SourceFacts.Read(source, "ffprobe", TestContext.Current.CancellationToken);
        Assert.Equal(FieldLayout.Progressive, facts.Fields);
    }

    /// <summary>How much more rows differ from the mean of their neighbours than they do in the truth.</summary>
    private static double CombingBeyond(byte[] pixels, byte[] truth) => Combing(pixels) - Combing(truth);

    private static double Combing(byte[] pixels)
    {
        double sum = 0;
        for (int frame = 0; frame < Frames; frame++)
        {
            for (int y = 1; y < Height - 1; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    int at = (((frame * Height) + y) * Width) + x;
                    sum += Math.Abs(pixels[at] - ((pixels[at - Width] + pixels[at + Width]) / 2.0));
                }
            }
        }

        return sum / (Frames * (Height - 2) * Width);
    }

    private static double MeanDifference(byte[] a, byte[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum / a.Length;
    }
}
