namespace Avion.Video.Tests;

/// <summary>Display matrices of tracks and movies, against the upright pictures of the ffmpeg program.</summary>
public sealed class OrientationTests
{
    private const int One = 1 << 16;

    /// <summary>Matrices that turn by quarters, mirror, or do so up to the rounding of fixed-point numbers.</summary>
    private static readonly Dictionary<string, int[]> s_matrices = new()
    {
        ["upright"] = Mp4Surgery.Matrix(One, 0, 0, One),
        ["turned 90"] = Mp4Surgery.Matrix(0, One, -One, 0),
        ["turned 180"] = Mp4Surgery.Matrix(-One, 0, 0, -One),
        ["turned 270"] = Mp4Surgery.Matrix(0, -One, One, 0),
        ["mirrored"] = Mp4Surgery.Matrix(-One, 0, 0, One),
        ["upside down"] = Mp4Surgery.Matrix(One, 0, 0, -One),
        ["transposed"] = Mp4Surgery.Matrix(0, One, One, 0),
        ["transposed the other way"] = Mp4Surgery.Matrix(0, -One, -One, 0),
        ["turned 90, rounded"] = Mp4Surgery.Matrix(3, One - 1, -One + 2, -2),
        ["turned 180, rounded"] = Mp4Surgery.Matrix(-One, -6, 5, -One + 1),
        ["mirrored, rounded"] = Mp4Surgery.Matrix(-One + 1, 4, 2, One),
        ["zero"] = Mp4Surgery.Matrix(0, 0, 0, 0),
    };

    public static TheoryData<string, bool, string> Cases
    {
        get
        {
            TheoryData<string, bool, string> cases = [];
            foreach (string name in s_matrices.Keys)
            {
                cases.Add(name, false, "");
                cases.Add(name, name == "zero", name == "zero" ? "" : "-movflags frag_keyframe+empty_moov");
            }

            foreach (string name in (string[])["turned 90", "mirrored", "transposed"])
            {
                cases.Add(name, true, "");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pictures_come_out_as_the_program_shows_them(string name, bool ofMovie, string flags)
    {
        string path = Make(name, ofMovie, flags);
        Assert.SkipUnless(FFmpegLibraries.HasFFmpegBicubic, "needs libswscale");
        byte[] expected = FFmpegProgram.Run($"-i \"{path}\" -vf select='eq(n,3)' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });
            VideoInfo info = reader.GetInfo(path);
            FrameTransform transform = FrameTransform.Whole(info, info.Width, info.Height) with
            {
                Layout = PixelLayout.Interleaved, Interpolation = Interpolation.FFmpegBicubic,
            };
            byte[] actual = new byte[transform.FrameBytes];
            reader.Read(info, [3], transform, actual);

            Assert.Equal(expected.Length, actual.Length);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{name}: general {general}: the bytes differ");
        }
    }

    [Fact]
    public void A_crop_of_a_mirrored_picture_is_the_crop_of_the_shown_one()
    {
        string path = Make("mirrored", ofMovie: false, "");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        byte[] whole = new byte[3 * info.Width * info.Height];
        reader.Read(info, [2], FrameTransform.Whole(info, info.Width, info.Height) with { Layout = PixelLayout.Interleaved }, whole);
        CropBox box = new(20, 10, 40, 32);
        byte[] crop = new byte[3 * box.Width * box.Height];
        reader.Read(info, [2], new FrameTransform(box, box.Width, box.Height, Layout: PixelLayout.Interleaved), crop);

        for (int y = 2; y < box.Height - 2; y++)
        {
            int from = 3 * (((y + box.Y) * info.Width) + box.X + 2);
            int to = 3 * ((y * box.Width) + 2);
            int bytes = 3 * (box.Width - 4);
            Assert.True(whole.AsSpan(from, bytes).SequenceEqual(crop.AsSpan(to, bytes)), $"row {y}");
        }
    }

    [Fact]
    public void A_slanted_picture_is_refused_in_the_same_sentence_on_both_roads()
    {
        string source = Source("");
        string path = TestVideos.Make("slanted.mp4", path => File.WriteAllBytes(
            path, Mp4Surgery.WithMatrix(File.ReadAllBytes(source), 0, Mp4Surgery.Matrix(56756, 32768, -32768, 56756))));
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });

            VideoException failure = Assert.Throws<VideoException>(() => reader.GetInfo(path));

            Assert.Equal(VideoErrorKind.Unsupported, failure.Kind);
            Assert.Contains("slanted", failure.Message, StringComparison.Ordinal);
        }
    }

    private static string Make(string name, bool ofMovie, string flags)
    {
        string source = Source(flags);
        return TestVideos.Make($"matrix-{name.Replace(' ', '-')}-{ofMovie}-{flags.Length}.mp4", path => File.WriteAllBytes(
            path, Mp4Surgery.WithMatrix(File.ReadAllBytes(source), ofMovie ? -1 : 0, s_matrices[name])));
    }

    private static string Source(string flags) =>
        TestVideos.Make($"matrix-source-{flags.Length}.mp4", $"-c:v libx264 -g 5 {flags}", frames: 6, size: "96x64");
}
