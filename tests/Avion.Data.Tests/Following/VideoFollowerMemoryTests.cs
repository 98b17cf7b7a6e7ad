using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>What following a video keeps in memory.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class VideoFollowerMemoryTests
{
    [Fact]
    public void Memory_is_that_of_open_windows_however_long_the_video()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("long.ts");
        GrowingFile.Make(path, "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=30:duration=120", "-c:v", "libx264", "-preset", "ultrafast", "-g", "30",
            "-pix_fmt", "yuv420p");
        ClipView view = new(new SegmentSampling(jitter: false), new CentreCrop(), FrameCount: 4, Size: 16);
        using VideoFollower follower = new(path, new WindowRule(2, 0.5), view, new FollowOptions { IdleSeconds = 0.5 }, _ => { });
        List<long> held = [];
        for (int count = 0; follower.Next(TestContext.Current.CancellationToken) is not null; count++)
        {
            if (count is 40 or 200)
            {
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
            }
        }

        Assert.InRange(held[1] - held[0], long.MinValue, 200_000);
    }
}
