namespace Avion.Video.Tests;

public sealed class PreparationGainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_large_video_reads_faster_once_prepared_and_a_small_one_is_left_as_it_is()
    {
        int[] frames = [300, 308, 316, 324];
        string large = Make("large.mp4", "1280x720"), small = Make("small.mp4", "320x180");
        PreparationGain gain = PreparationGain.Measure(large, frames, 48, 48, _folder.FullName, TestContext.Current.CancellationToken)!;

        // 720 rows against 288, and a keyframe every 250 pictures against the profile's: several times less to decode.
        Assert.True(gain.Factor > 1.5, $"{gain.OwnSeconds} s of the video, {gain.PreparedSeconds} s prepared");
        Assert.True(gain.OwnBytes > gain.PreparedBytes && gain.PreparedBytes > 0);
        Assert.Equal(gain.OwnSeconds / gain.PreparedSeconds, gain.Factor);
        Assert.Null(PreparationGain.Measure(small, frames, 48, 48, _folder.FullName, TestContext.Current.CancellationToken));
        Assert.Null(PreparationGain.Measure(large, [0, 10_000], 48, 48, _folder.FullName, TestContext.Current.CancellationToken));
    }

    private string Make(string name, string size)
    {
        string path = _folder.File(name);
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i testsrc2=s={size}:r=30:d=4 -c:v libx264 -preset ultrafast -g 250 -pix_fmt yuv420p \"{path}\"");
        return path;
    }
}
