namespace Avion.App.Tests;

public sealed class EncodedSceneTests
{
    [Fact]
    public async Task Chunks_are_h264_with_b_frames_and_show_the_rendered_frames()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        Scene scene = DemoDataset.Draw(DemoTask.Quick, seed: 5).Training[0];
        await SceneEncoder.EncodeAsync(scene, folder.FullName, CancellationToken.None);

        string chunks = folder.File(scene.Name + ".mp4");
        Assert.Equal(["0.mp4", "15.mp4"], Directory.GetFiles(chunks).Select(Path.GetFileName).Order());
        string second = Path.Combine(chunks, "15.mp4");
        ProcessResult probe = await ChildProcess.RunAsync("ffprobe",
            ["-v", "error", "-show_entries", "stream=codec_name:frame=pict_type", "-of", "csv=p=0", second]);
        string[] words = [.. probe.Output.Split('\n').Select(word => word.Trim(',', ' ')).Where(word => word.Length > 0)];
        Assert.Contains("h264", words);
        Assert.Equal(150, words.Count(word => word is "I" or "P" or "B"));
        Assert.Equal("I", words.First(word => word is "I" or "P" or "B"));
        Assert.True(words.Count(word => word == "B") > 20, probe.Output);
        Assert.True(words.Count(word => word == "I") > 3, probe.Output);

        string raw = folder.File("frames.rgb");
        ProcessResult decode =
            await ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-i", second, "-f", "rawvideo", "-pix_fmt", "rgb24", raw]);
        Assert.Equal(0, decode.ExitCode);
        byte[] decoded = File.ReadAllBytes(raw);
        FrameRenderer renderer = new(scene);
        byte[] rendered = new byte[renderer.FrameBytes];
        foreach (int frame in new[] { 0, 31, 77, 149 })
        {
            renderer.Render(150 + frame, rendered);
            double error = rendered.Zip(decoded.Skip(frame * rendered.Length), (a, b) => Math.Abs(a - b)).Average();
            Assert.InRange(error, 0, 6);
        }
    }

    [Fact]
    public async Task An_encoder_that_fails_is_reported_in_its_own_words()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        Scene scene = DemoDataset.Draw(DemoTask.Quick with { FrameSizePixels = 95 }, seed: 5).Training[0];
        IOException failure =
            await Assert.ThrowsAsync<IOException>(() => SceneEncoder.EncodeAsync(scene, folder.FullName, CancellationToken.None));
        Assert.Contains("not divisible by 2", failure.Message);
    }
}
