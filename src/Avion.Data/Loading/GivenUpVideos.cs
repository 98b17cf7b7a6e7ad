using System.Collections.Concurrent;

namespace Avion.Data;

/// <summary>Videos that took too long once and are not tried again: of a file that hangs,
/// each clip would cost the whole deadline.</summary>
/// <remarks>Shared by the threads of a pass, each of which wraps its own source.</remarks>
public sealed class GivenUpVideos
{
    private readonly ConcurrentDictionary<VideoSource, string> _reasons = new();

    /// <summary>A source that refuses videos which any source of these has given up.</summary>
    public IClipSource Wrap(IClipSource source) => new Source(source, _reasons);

    private sealed class Source(IClipSource source, ConcurrentDictionary<VideoSource, string> reasons) : IClipSource
    {
        public long ReadTicks => source.ReadTicks;

        public long BytesRead => source.BytesRead;

        public VideoShape GetShape(in VideoSource video)
        {
            Refuse(video);
            try
            {
                return source.GetShape(video);
            }
            catch (VideoException error) when (error.Kind == VideoErrorKind.DeadlineExceeded)
            {
                reasons.TryAdd(video, error.Message);
                throw;
            }
        }

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            Refuse(video);
            try
            {
                source.Read(video, frames, transform, destination, cancellation);
            }
            catch (VideoException error) when (error.Kind == VideoErrorKind.DeadlineExceeded)
            {
                reasons.TryAdd(video, error.Message);
                throw;
            }
        }

        public void Dispose() => source.Dispose();

        private void Refuse(in VideoSource video)
        {
            if (!reasons.IsEmpty && reasons.TryGetValue(video, out string? reason))
            {
                throw new VideoException(VideoErrorKind.DeadlineExceeded, video.Path, $"{reason} It was not tried again.");
            }
        }
    }
}
