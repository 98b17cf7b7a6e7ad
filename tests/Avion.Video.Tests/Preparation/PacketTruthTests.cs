using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>No picture that the packets hold is lost without a word, whatever the headers say or leave out.</summary>
public sealed class PacketTruthTests : IDisposable
{
    private static readonly PrepareOptions s_options = new()
    {
        Jobs = 2, ChunkSeconds = 15, FramesPerSecond = new FrameRate(10), ShortSide = 96,
    };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("live.mkv", "-f matroska -live 1")]
    [InlineData("long.mkv", "")]
    [InlineData("x.mp4", "-tag:v avc3")]
    public void A_size_that_changes_in_the_middle_keeps_all_pictures(string name, string container)
    {
        string small = CounterVideo.Make(_folder.File("a.ts"), frames: 200, rate: "10", coding: "-c:v libx264 -preset ultrafast -g 12 -bf 2",
            filter: "setsar=1");
        string large = CounterVideo.Make(
            _folder.File("b.ts"), frames: 200, rate: "10", coding: "-c:v libx264 -preset ultrafast -g 12 -bf 2",
            filter: "trim=start_frame=200,setpts=PTS-STARTPTS,scale=320:240:flags=neighbor,setsar=1");
        File.WriteAllText(_folder.File("list"), $"file '{small}'\nfile '{large}'\n");
        Directory.CreateDirectory(_folder.File("source"));
        FFmpegProgram.Run($"-f concat -safe 0 -i \"{_folder.File("list")}\" -c copy {container} \"{_folder.File("source", name)}\"");

        PrepareReport report = Run(s_options);
        Assert.Empty(report.Bad);
        string[] chunks = Chunks(name);
        Assert.Equal(["0.mp4", "15.mp4", "30.mp4"], chunks.Select(Path.GetFileName));
        Assert.Equal(Enumerable.Range(0, 400), CounterVideo.ReadEach(chunks).SelectMany(numbers => numbers));
        using ClipReader reader = new();
        Assert.All(chunks, chunk => Assert.Equal((192, 96), (reader.GetInfo(chunk).Width, reader.GetInfo(chunk).Height)));
    }

    [Fact]
    public void A_part_that_begins_after_the_change_has_the_size_of_the_others()
    {
        string small = CounterVideo.Make(_folder.File("a.ts"), frames: 260, rate: "2", coding: "-c:v libx264 -preset ultrafast -g 10");
        string large = CounterVideo.Make(
            _folder.File("b.ts"), frames: 40, rate: "2", coding: "-c:v libx264 -preset ultrafast -g 10",
            filter: "trim=start_frame=260,setpts=PTS-STARTPTS,scale=240:240:flags=neighbor");
        File.WriteAllText(_folder.File("list"), $"file '{small}'\nfile '{large}'\n");
        Directory.CreateDirectory(_folder.File("source"));
        FFmpegProgram.Run($"-f concat -safe 0 -i \"{_folder.File("list")}\" -c copy \"{_folder.File("source", "x.mkv")}\"");
        PrepareReport report = Run(s_options with { FramesPerSecond = new FrameRate(2), ChunkSeconds = 60 });
        Assert.Empty(report.Bad);
        Assert.Equal(Enumerable.Range(0, 300), CounterVideo.ReadEach(Chunks("x.mkv")).SelectMany(numbers => numbers));
    }

    [Theory]
    [InlineData("live.mkv", "-f matroska -live 1")]
    [InlineData("x.ts", "")]
    public void Pictures_that_the_encoder_leaves_out_at_the_end_refuse_the_video(string name, string container)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell: the encoder is replaced by a script");
        CounterVideo.Make(_folder.File("source", name), frames: 60, rate: "10", coding: $"-c:v libx264 -preset ultrafast -g 10 {container}");
        Directory.CreateDirectory(_folder.File("bin"));
        string program = _folder.File("bin", "ffmpeg");
        File.WriteAllText(program, "#!/bin/bash\nexec ffmpeg \"${@:1:$#-1}\" $(case \"$*\" in *libx264*) echo -frames:v 40;; esac) \"${@: -1}\"\n");
        File.WriteAllText(_folder.File("bin", "ffprobe"), "#!/bin/sh\nexec ffprobe \"$@\"\n");
        foreach (string script in (string[])[program, _folder.File("bin", "ffprobe")])
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        BadSource bad = Assert.Single(Run(s_options with { FFmpegProgram = program }).Bad);
        Assert.Contains("end after 4.0 s, but its 60 packets go on until 5.9 s", bad.Reason);
        Assert.Empty(Run(s_options with { ChunkSeconds = 30 }).Bad);
        Assert.Equal(60, Frames(name));
    }

    [Theory]
    [InlineData(false, 95443.6, 4)]
    [InlineData(true, 7.9, 4)]
    public void A_clock_that_begins_anew_is_no_length(bool mayRestart, double last, int packets)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell: the program is replaced by a script");
        // A recorder whose clock jumps from 7.4 s to the end of 33 bits and back to nought; one packet is cut off by an edit list.
        string program = _folder.File("ffprobe");
        File.WriteAllText(program, """
            #!/bin/sh
            echo 'pts_time=7.400000|dts_time=7.200000|flags=K_'
            echo 'side_data_type=MPEGTS Stream ID'
            echo 'pts_time=95443.600000|dts_time=95443.400000|flags=__'
            echo 'pts_time=95499.600000|dts_time=95443.500000|flags=_D'
            echo 'pts_time=0.300000|dts_time=0.100000|flags=__'
            echo 'pts_time=N/A|dts_time=N/A|flags=__'
            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PacketSpan span = PacketSpan.Read("x", program, mayRestart, 60, TestContext.Current.CancellationToken);
        Assert.Equal(packets, span.Packets);
        Assert.InRange(span.LastSeconds!.Value, last - 0.6, last + 0.1);
    }

    [Theory]
    [InlineData(1920, 1080, 1, 1)]
    [InlineData(1080, 1921, 1, 1)]
    [InlineData(720, 576, 64, 45)]
    [InlineData(720, 480, 8, 9)]
    [InlineData(351, 289, 1, 1)]
    [InlineData(100, 61, 12, 11)]
    public void The_size_of_chunks_is_that_of_the_filters_own_expression(int width, int height, int across, int down)
    {
        FFmpegProgram.Require();
        const string side = "2*floor(min(96,min(iw*sar,ih))/2)";
        const string filter = $"scale=w='if(gt(iw*sar,ih),2*round({side}*iw*sar/ih/2),{side})'"
            + $":h='if(gt(iw*sar,ih),{side},2*round({side}*ih/(iw*sar)/2))'";
        byte[] pixels = FFmpegProgram.Run(
            $"-f lavfi -i testsrc=s={width}x{height}:d=1:r=1,setsar={across}/{down} -vf \"{filter}\" -frames:v 1 -pix_fmt gray -c:v pgm -f image2pipe -");
        string[] head = Encoding.ASCII.GetString(pixels, 0, 20).Split((char[])[' ', '\n']);
        (long wide, long high) = new PictureSize(width, height, (double)across / down).Scaled(96);
        Assert.Equal((head[1], head[2]), (wide.ToString(CultureInfo.InvariantCulture), high.ToString(CultureInfo.InvariantCulture)));
    }

    private PrepareReport Run(PrepareOptions options) =>
        new TreePreparation(options).Run(_folder.File("source"), _folder.File("out"));

    private long Frames(string name) => ChunkManifest.TryRead(_folder.File("out", Path.ChangeExtension(name, ".mp4")))!.Frames;

    private string[] Chunks(string name) =>
    [
        .. Directory.GetFiles(_folder.File("out", Path.ChangeExtension(name, ".mp4")), "*.mp4")
            .OrderBy(path => int.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture)),
    ];
}
