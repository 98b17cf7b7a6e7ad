using Avion.Video;

namespace Avion.Data.Tests;

public sealed class GivenUpVideosTests
{
    [Fact]
    public void A_video_that_took_too_long_is_not_tried_again_by_any_thread_and_others_are()
    {
        GivenUpVideos givenUp = new();
        Counting first = new(), second = new();
        using IClipSource one = givenUp.Wrap(first), other = givenUp.Wrap(second);
        VideoSource hangs = new("hangs.mp4"), damaged = new("damaged.mp4"), good = new("good.mp4");

        Assert.Equal("too long", Failure(one, hangs));
        Assert.Equal(["too long It was not tried again.", "too long It was not tried again."], [Failure(one, hangs), Failure(other, hangs)]);
        Assert.Throws<VideoException>(() => other.GetShape(hangs));
        Assert.Equal(["damaged", "damaged", "", ""], [Failure(one, damaged), Failure(one, damaged), Failure(one, good), Failure(other, good)]);

        Assert.Equal((4, 1, 0), (first.Reads, second.Reads, second.Shapes));

        // What a source counts of its files is told through the one that wraps it.
        Assert.Equal((400, 40), (one.BytesRead, one.ReadTicks));
        Assert.Equal((100, 10), (other.BytesRead, other.ReadTicks));
    }

    private static string Failure(IClipSource source, VideoSource video)
    {
        try
        {
            source.Read(video, [0], default, [], TestContext.Current.CancellationToken);
            return "";
        }
        catch (VideoException error)
        {
            return error.Message;
        }
    }

    private sealed class Counting : IClipSource
    {
        public int Reads { get; private set; }

        public int Shapes { get; private set; }

        public long BytesRead => 100L * Reads;

        public long ReadTicks => 10L * Reads;

        public VideoShape GetShape(in VideoSource video)
        {
            Shapes++;
            return default;
        }

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            Reads++;
            switch (video.Path)
            {
                case "hangs.mp4":
                    throw new VideoException(VideoErrorKind.DeadlineExceeded, video.Path, "too long");
                case "damaged.mp4":
                    throw new VideoException(VideoErrorKind.Corrupt, video.Path, "damaged");
                default:
                    break;
            }
        }

        public void Dispose()
        {
        }
    }
}
