namespace Avion.Video.Tests;

/// <summary>
/// One odd file: how the ffmpeg program makes it from moving noise, and what is then done to its bytes.
/// </summary>
/// <param name="Name">File name.</param>
/// <param name="Coding">Output options for fresh pictures or for <paramref name="Source"/>; empty where only bytes are changed.</param>
/// <param name="Edit">Change of the bytes; null for none.</param>
/// <param name="Source">Another file of the zoo to begin with; null for fresh pictures.</param>
/// <param name="Seek">Input options for <paramref name="Source"/>.</param>
internal sealed record ZooFile(
    string Name, string Coding, Func<byte[], byte[]>? Edit = null, string? Source = null, string Seek = "");

/// <summary>Odd files of many codecs and containers.</summary>
internal static class VideoZoo
{
    private const string X264 = "-c:v libx264 -preset ultrafast -threads 1";
    private const string Open264 =
        "-c:v libx264 -preset veryfast -threads 1 -x264-params " +
        "keyint=10:min-keyint=10:open-gop=1:bframes=3:b-pyramid=normal:b-adapt=0:scenecut=0";
    private const string X265 =
        "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1:keyint=10:min-keyint=10:scenecut=0";
    private const string Vp9 = "-c:v libvpx-vp9 -g 10 -deadline realtime -cpu-used 8 -threads 1";
    private const string Av1 = "-c:v libaom-av1 -g 10 -cpu-used 8 -usage realtime -threads 1 -crf 40";
    private const string Mpeg4 = "-c:v mpeg4 -q:v 5 -g 10";

    public static readonly ZooFile[] Files =
    [
        // H.264
        new("h264.mp4", $"{X264} -g 10 -bf 2"),
        new("h264-open.mp4", Open264),
        new("h264-open.mov", Open264),
        new("h264-open.mkv", Open264),
        new("h264-open.ts", Open264),
        new("h264-refresh.mp4", $"{X264} -x264-params intra-refresh=1:keyint=10:bframes=0"),
        new("h264-refresh.ts", $"{X264} -x264-params intra-refresh=1:keyint=10:bframes=0"),
        new("h264-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "h264.mp4"),
        new("h264-open-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "h264-open.mp4"),
        new("h264-false-table.mp4", "", file => Mp4Surgery.WithMovedKeyframes(file, 3), "h264.mp4"),
        new("h264-open-false-table.mp4", "", file => Mp4Surgery.WithMovedKeyframes(file, 1), "h264-open.mp4"),
        new("h264-open-cut.mp4", "-c copy", null, "h264-open.mp4", "-ss 0.5"),
        new("h264-cut.mp4", "-c copy", null, "h264.mp4", "-ss 0.5"),
        new("h264-open-repeated.mp4", Open264 + ":repeat-headers=1"),
        new("h264-open-cut.ts", "-c copy", null, "h264-open-repeated.mp4", "-ss 0.5"),
        new("h264-open-cut.mkv", "-c copy", null, "h264-open-repeated.mp4", "-ss 0.5"),
        new("h264.ts", $"{X264} -g 10 -bf 2"),
        new("h264-late.ts", "", file => Mp4Surgery.WithLateStart(file, 40), "h264.ts"),
        new("h264-open-late.ts", "", file => Mp4Surgery.WithLateStart(file, 30), "h264-open.ts"),
        new("h264-refresh-late.ts", "", file => Mp4Surgery.WithLateStart(file, 30), "h264-refresh.ts"),
        new("h264-two-coders.ts", "", file => [.. file, .. File.ReadAllBytes(Make("h264-other.ts"))], "h264.ts"),
        new("h264-other.ts", $"{X264} -g 10 -bf 1 -refs 3 -x264-params cabac=1:8x8dct=1:weightp=2"),
        new("h264.flv", $"{X264} -g 10 -bf 2"),
        new("h264.avi", $"{X264} -g 10 -bf 2"),
        new("h264-open.avi", Open264),
        new("h264-fragments.mp4", $"{X264} -g 10 -movflags frag_keyframe+empty_moov"),
        new("h264-packed-movie.mov", "", Mp4Surgery.WithCompressedMovie, "h264.mp4"),
        new("h264-10-bit.mp4", $"{X264} -g 10 -pix_fmt yuv420p10le"),
        new("h264-444.mp4", $"{X264} -g 10 -pix_fmt yuv444p"),
        new("h264-interlaced.mp4", $"{X264} -g 10 -flags +ildct+ilme -x264-params tff=1"),
        new("h264-declared-smaller.mp4", "", file => Mp4Surgery.WithDeclaredSize(file, "avc1", 94, 62), "h264.mp4"),
        new("h264-declared-larger.mp4", "", file => Mp4Surgery.WithDeclaredSize(file, "avc1", 320, 240), "h264.mp4"),

        // HEVC
        new("hevc.mp4", $"{X265}:open-gop=1:bframes=3 -tag:v hvc1"),
        new("hevc-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "hevc.mp4"),
        new("hevc-false-table.mp4", "", file => Mp4Surgery.WithMovedKeyframes(file, 2), "hevc.mp4"),
        new("hevc-cut.mp4", "-c copy -tag:v hvc1", null, "hevc.mp4", "-ss 0.5"),
        new("hevc-cut.mkv", "-c copy", null, "hevc.mp4", "-ss 0.5"),
        new("hevc.ts", $"{X265}:open-gop=1:bframes=3:repeat-headers=1"),
        new("hevc-cut.ts", "-c copy", null, "hevc.mp4", "-ss 0.5"),
        new("hevc-late.ts", "", file => Mp4Surgery.WithLateStart(file, 30), "hevc.ts"),
        new("hevc-declared.mp4", "", file => Mp4Surgery.WithDeclaredSize(file, "hvc1", 320, 240), "hevc.mp4"),
        new("hevc-closed-in-band.mp4", $"{X265}:open-gop=0:repeat-headers=1 -tag:v hev1"),

        // VP8, VP9, AV1
        new("vp9.mp4", Vp9),
        new("vp9-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "vp9.mp4"),
        new("vp9-false-table.mp4", "", file => Mp4Surgery.WithMovedKeyframes(file, 4), "vp9.mp4"),
        new("vp9-hidden.webm", "-c:v libvpx-vp9 -g 10 -cpu-used 8 -threads 1 -auto-alt-ref 1 -lag-in-frames 10 -b:v 200k"),
        new("vp9.ivf", Vp9),
        new("av1.mp4", Av1),
        new("av1-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "av1.mp4"),
        new("av1-one-header.mp4", "", Mp4Surgery.WithOneSequenceHeader, "av1.mp4"),
        new("av1-one-header.mkv", "-c copy", null, "av1-one-header.mp4"),
        new("av1.webm", Av1),
        new("vp8.webm", "-c:v libvpx -g 10 -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 8"),
        new("vp8.ivf", "-c:v libvpx -g 10 -deadline realtime -cpu-used 8"),

        // MPEG-4 and its relatives
        new("mpeg4.avi", $"{Mpeg4} -bf 2"),
        new("mpeg4-all-keyframes.avi", "", Mp4Surgery.WithAllChunksKeyframes, "mpeg4.avi"),
        new("mpeg4-packed.avi", "-c:v libxvid -bf 2 -g 10 -q:v 3"),
        new("mpeg4-packed-all-keyframes.avi", "", Mp4Surgery.WithAllChunksKeyframes, "mpeg4-packed.avi"),
        new("mpeg4-packed-long.avi", "-c:v libxvid -bf 2 -g 300 -q:v 3"),
        new("mpeg4-xvid-plain.avi", "-c:v libxvid -g 12 -q:v 3 -flags +mv4"),
        new("mpeg4.mp4", $"{Mpeg4} -bf 2"),
        new("mpeg4-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "mpeg4.mp4"),
        new("mpeg4-false-table.mp4", "", file => Mp4Surgery.WithMovedKeyframes(file, 2), "mpeg4.mp4"),
        new("mpeg4.mkv", $"{Mpeg4} -bf 1 -flags +qpel"),
        new("mpeg4.m4v", $"{Mpeg4} -bf 2"),
        new("h263.3gp", "-c:v h263 -s 176x144 -g 10 -q:v 6"),
        new("msmpeg4.avi", "-c:v msmpeg4 -g 10 -q:v 5"),
        new("msmpeg4-all-keyframes.avi", "", Mp4Surgery.WithAllChunksKeyframes, "msmpeg4.avi"),
        new("wmv2.asf", "-c:v wmv2 -g 10 -q:v 5"),
        new("flv1.flv", "-c:v flv1 -g 10 -q:v 5"),
        new("rv20.rm", "-c:v rv20 -g 10 -q:v 5"),

        // MPEG-1, MPEG-2
        new("mpeg1.mpg", "-c:v mpeg1video -g 10 -bf 2 -q:v 5"),
        new("mpeg2.ts", "-c:v mpeg2video -g 10 -bf 2 -q:v 5"),
        new("mpeg2-late.ts", "", file => Mp4Surgery.WithLateStart(file, 60), "mpeg2.ts"),
        new("mpeg2.mp4", "-c:v mpeg2video -g 10 -bf 2 -q:v 5"),
        new("mpeg2-no-table.mp4", "", file => Mp4Surgery.WithoutBox(file, "stss"), "mpeg2.mp4"),
        new("mpeg2-interlaced.mpg", "-c:v mpeg2video -g 10 -bf 2 -q:v 5 -flags +ildct+ilme -f vob"),
        new("mpeg2.mxf", "-c:v mpeg2video -g 10 -bf 2 -q:v 5 -r 25"),

        // Pictures coded alone, and others
        new("mjpeg.avi", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p"),
        new("mjpeg.mov", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p"),
        new("mjpeg-declared.mov", "", file => Mp4Surgery.WithDeclaredSize(file, "jpeg", 200, 70), "mjpeg.mov"),
        new("prores.mov", "-c:v prores -pix_fmt yuv422p10le"),
        new("ffv1.mkv", "-c:v ffv1 -g 10"),
        new("ffv1-grey.mkv", "-c:v ffv1 -pix_fmt gray"),
        new("ffv1-grey-12.mkv", "-c:v ffv1 -pix_fmt gray12le"),
        new("huffyuv.avi", "-c:v huffyuv -pix_fmt yuv422p"),
        new("theora.ogv", "-c:v libtheora -g 10 -q:v 5"),
        new("svq1.mov", "-c:v svq1 -pix_fmt yuv410p -g 10"),
        new("raw.avi", "-c:v rawvideo -pix_fmt yuv420p"),
    ];

    /// <summary>The file of a name, made once a run of the tests; skips where the program cannot make it.</summary>
    public static string Make(string name)
    {
        FFmpegProgram.Require();
        ZooFile file = Files.Single(candidate => candidate.Name == name);
        try
        {
            return TestVideos.Make("zoo-" + name, path => Write(file, path));
        }
        catch (InvalidOperationException failure) when (failure.Message.Contains("Unknown encoder", StringComparison.Ordinal))
        {
            Assert.Skip($"needs an ffmpeg program with the encoder of '{file.Coding}'");
            throw;
        }
    }

    private static void Write(ZooFile file, string path)
    {
        string plain = file.Edit is null ? path : path + ".plain" + System.IO.Path.GetExtension(path);
        string? source = file.Source is null ? null : Make(file.Source);
        if (source is null)
        {
            FFmpegProgram.Run(
                $"-f lavfi -i \"testsrc2=s=96x64:r=20,noise=alls=10:allf=t\" -frames:v 36 -pix_fmt yuv420p {file.Coding} \"{plain}\"");
        }
        else if (file.Coding.Length > 0)
        {
            FFmpegProgram.Run($"{file.Seek} -i \"{source}\" {file.Coding} \"{plain}\"");
        }
        else
        {
            plain = source;
        }

        if (file.Edit is not null)
        {
            File.WriteAllBytes(path, file.Edit(File.ReadAllBytes(plain)));
        }
    }
}
