namespace Avion.Data;

/// <summary>The windows of a video that is being written, each as soon as it is complete: pictures are decoded once, and those that a
/// window takes are converted as they pass.</summary>
/// <remarks>
/// A window takes the frames that it would take from the finished file: those are counted by the rate, so that frame f is the picture at f
/// / r seconds. Where there is none at that time, the next within a second stands for it. Windows whose pictures are damaged or lacking are
/// given without pixels.
/// </remarks>
internal sealed class StreamedWindows : IDisposable
{
    private const double ClockSeconds = 1e-3, MostLateSeconds = 1;

    private readonly string _name;
    private readonly WindowRule _rule;
    private readonly ClipView _view;
    private readonly GrowingVideo _video;
    private readonly Queue<OpenWindow> _open = new();
    private PictureRate? _rate;
    private double _end;
    private long _next;

    /// <param name="name">The file.</param>
    /// <param name="rule">Windows.</param>
    /// <param name="view">What is seen of them.</param>
    /// <param name="hasEnded">Whether the writer has ended.</param>
    public StreamedWindows(string name, WindowRule rule, ClipView view, WriterHasEnded hasEnded)
    {
        (_name, _rule, _view) = (name, rule, view);
        _video = new GrowingVideo(Path.GetFullPath(name), hasEnded);
    }

    /// <summary>Waits for the next window; null where the video has ended, whatever is left of it.</summary>
    public FollowedWindow? Next(CancellationToken cancellation)
    {
        while (true)
        {
            if (_open.TryPeek(out OpenWindow? first) && first.Span.End <= _end + ClockSeconds && first.IsComplete)
            {
                _open.Dequeue();
                return first.Reason is null
                    ? new FollowedWindow(_name, first.Span, first.Pixels!)
                    : new FollowedWindow(_name, first.Span, [], first.Reason);
            }

            if (!_video.Next(cancellation))
            {
                return null;
            }

            _rate ??= PictureRate.Of(_video);
            if (_rate.FramesPerSecond > 0)
            {
                Take(_video.Seconds, (int)Math.Min(Math.Round(_video.Seconds * _rate.FramesPerSecond), int.MaxValue - 1));
            }
        }
    }

    public void Dispose() => _video.Dispose();

    private void Take(double seconds, int number)
    {
        double rate = _rate!.FramesPerSecond;
        _end = (number + 1) / rate;
        for (double start = _next * _rule.StrideSeconds; start < _end + (1 / rate); start = ++_next * _rule.StrideSeconds)
        {
            ClipSpan span = new(start, start + _rule.LengthSeconds);
            _open.Enqueue(new OpenWindow(span, _view.Choose(new StoredVideo(_name, new VideoSource(_name)), span, _rate)));
        }

        foreach (OpenWindow window in _open)
        {
            window.Take(_video, number, (int)(MostLateSeconds * rate), seconds, _view);
        }
    }

    /// <summary>A window that is being filled.</summary>
    private sealed class OpenWindow(ClipSpan span, ClipRequest request)
    {
        private readonly bool[] _isFilled = new bool[request.FrameCount];
        private int _left = request.FrameCount;

        public ClipSpan Span => span;

        public byte[]? Pixels { get; private set; }

        public string? Reason { get; private set; }

        public bool IsComplete => _left == 0 || Reason is not null;

        /// <summary>Takes the picture where a frame of the window has waited for it.</summary>
        public void Take(GrowingVideo video, int number, int mostLate, double seconds, ClipView view)
        {
            int converted = -1;
            for (int slot = 0; slot < _isFilled.Length && !IsComplete; slot++)
            {
                int wanted = request.Frames[slot];
                if (_isFilled[slot] || wanted > number)
                {
                    continue;
                }

                if (wanted < number && (video.Damage is not null || number - wanted > Math.Max(mostLate, 1)))
                {
                    Reason = video.Damage ?? string.Create(CultureInfo.InvariantCulture,
                        $"No picture was recorded for {span.Start:0.00}-{span.End:0.00} s; the next one is of {seconds:0.00} s.");
                    Pixels = null;
                    return;
                }

                Pixels ??= new byte[view.ClipBytes];
                Span<byte> room = Pixels.AsSpan(slot * view.FrameBytes, view.FrameBytes);
                if (converted < 0)
                {
                    video.Convert(request.Transform, room);
                    converted = slot;
                }
                else
                {
                    Pixels.AsSpan(converted * view.FrameBytes, view.FrameBytes).CopyTo(room);
                }

                _isFilled[slot] = true;
                _left--;
            }
        }
    }

    /// <summary>Answers for a video without an end, so that frames of it can be chosen.</summary>
    private sealed class PictureRate(VideoShape shape) : IClipSource
    {
        public double FramesPerSecond => shape.FramesPerSecond;

        public static PictureRate Of(GrowingVideo video)
        {
            // The rate was measured on as many seconds as it is asked for here, or more.
            double rate = video.FramesPerSecond > 0 ? VideoClipSource.StandardRate(video.FramesPerSecond, durationSeconds: 1) : 0;
            return new PictureRate(new VideoShape(video.Width, video.Height, int.MaxValue, rate));
        }

        public VideoShape GetShape(in VideoSource video) => shape;

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation) => throw new NotSupportedException("Pictures that pass cannot be read again.");

        public void Dispose()
        {
        }
    }
}
