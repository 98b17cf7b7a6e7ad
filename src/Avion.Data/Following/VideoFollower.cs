using System.Diagnostics;

namespace Avion.Data;

/// <summary>Follows a video that somebody is writing, or a folder that a camera puts segments into, and gives each window once it is
/// complete, in order, exactly once.</summary>
/// <remarks>
/// <para>Windows are those that <see cref="WindowRule"/> cuts the finished file into; of a folder each segment is a video of its own. Files
/// that can be read front to back (MPEG-TS, fragmented mp4, Matroska) give windows while they grow; an mp4 or mov of the ordinary kind once
/// its writer has closed it.</para>
/// <para>What cannot be read, half-written and damaged segments among it, is given as a window without pixels and with the reason. Memory:
/// the windows that overlap at a time, and the names of the folder.</para>
/// </remarks>
public sealed class VideoFollower : IDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    private readonly WindowRule _rule;
    private readonly ClipView _view;
    private readonly Action<string> _tell;
    private readonly FollowOptions _options;
    private readonly string _path;
    private SegmentQueue? _queue;
    private VideoClipSource? _source;
    private IEnumerator<FollowedWindow>? _windows;
    private CancellationToken _cancellation;

    /// <summary>Begins; nothing is read before <see cref="Next"/>.</summary>
    /// <param name="path">A file that is being written, or a folder of segments.</param>
    /// <param name="rule">How videos are cut; whole segments of a folder where it is <see cref="WindowRule.Whole"/>.</param>
    /// <param name="view">What is seen of a window.</param>
    /// <param name="options">When writers have ended.</param>
    /// <param name="tell">Told what a user should know, such as what is waited for.</param>
    /// <exception cref="DataException">A single file is to be taken whole.</exception>
    public VideoFollower(string path, WindowRule rule, ClipView view, FollowOptions options, Action<string> tell)
    {
        Require(path, rule);
        (_path, _rule, _view, _options, _tell) = (path, rule, view, options, tell);
    }

    private SegmentQueue Queue => _queue ??= new SegmentQueue(_path, _options, _tell);

    /// <summary>Refuses to take a single file whole. What is not there yet is a file where its name is that of a video.</summary>
    /// <exception cref="DataException">It is refused.</exception>
    public static void Require(string path, WindowRule rule)
    {
        bool isFile = Path.Exists(path) ? !Directory.Exists(path) : VideoNames.IsVideoEnding(Path.GetExtension(path.AsSpan()));
        if (rule.IsWhole && isFile)
        {
            throw new DataException($"'{path}' is a file that grows, which has windows and no whole: give their length, "
                + "such as --window 4s.");
        }
    }

    /// <summary>Waits for the next window.</summary>
    /// <remarks>A file or a folder that is not there yet is waited for.</remarks>
    /// <returns>The window; null when nothing was written for <see cref="FollowOptions.IdleSeconds"/>, or a single file is through that
    /// cannot grow any more.</returns>
    /// <exception cref="DataException">There was neither a file nor a folder for as long, or what has come is a file that is to be taken
    /// whole.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="VideoException">FFmpeg's libraries are missing.</exception>
    public FollowedWindow? Next(CancellationToken cancellation = default)
    {
        _cancellation = cancellation;
        if (_queue is null && !Path.Exists(_path))
        {
            WaitForPath();
            Require(_path, _rule);
        }

        while (true)
        {
            if (_windows is not null)
            {
                if (_windows.MoveNext())
                {
                    return _windows.Current;
                }

                _windows.Dispose();
                _windows = null;
            }

            if (Queue.Next(cancellation) is not { } file)
            {
                return null;
            }

            _windows = WindowsOf(file).GetEnumerator();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _windows?.Dispose();
        _source?.Dispose();
    }

    private void WaitForPath()
    {
        _tell($"There is no '{_path}' yet: it is waited for. Ctrl-C ends the waiting.");
        long began = Stopwatch.GetTimestamp();
        while (!Path.Exists(_path))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(began).TotalSeconds >= _options.IdleSeconds)
            {
                throw new DataException($"There is still no file or folder '{_path}' after "
                    + $"{_options.IdleSeconds.ToString(CultureInfo.InvariantCulture)} s, expected a video that is being written or a "
                    + "folder of segments. Check the path.");
            }

            _cancellation.WaitHandle.WaitOne(s_poll);
        }
    }

    private IEnumerable<FollowedWindow> WindowsOf(string file)
    {
        long given = 0;
        if (Wait(file) == RecordingState.Stream && !_rule.IsWhole)
        {
            string? failure = null;
            using StreamedWindows? stream = Try(() => new StreamedWindows(file, _rule, _view, Queue.HasEnded), ref failure);
            while (failure is null && Try(() => stream!.Next(_cancellation), ref failure) is { } window)
            {
                given++;
                yield return window;
            }

            if (failure is not null)
            {
                // What a stream's beginning lacks may be there when it has ended.
                WaitForEnd();
            }
        }

        foreach (FollowedWindow window in FinishedWindows(file, given))
        {
            yield return window;
        }
    }

    /// <summary>Waits until a file can be read.</summary>
    private RecordingState Wait(string file)
    {
        bool isTold = false;
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            string? failure = null;
            bool hasEnded = Queue.HasEnded();
            RecordingState state = Try(() => Recording.Look(file), ref failure);
            bool isReadable = state == RecordingState.Closed || (state == RecordingState.Stream && !_rule.IsWhole);
            if (isReadable || hasEnded || failure is not null)
            {
                return state;
            }

            if (state == RecordingState.Unfinished && !isTold && !Queue.IsSegment)
            {
                isTold = true;
                _tell($"'{file}' is an mp4 or mov whose table is not written yet: it can be read once its writer has closed it, "
                    + "and is waited for. To be followed while it grows, record MPEG-TS, Matroska or a fragmented mp4 (ffmpeg -movflags "
                    + "+frag_keyframe+empty_moov).");
            }

            _cancellation.WaitHandle.WaitOne(s_poll);
        }
    }

    private void WaitForEnd()
    {
        while (!Queue.HasEnded())
        {
            _cancellation.WaitHandle.WaitOne(s_poll);
            _cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The windows of a file that has ended, but for the first ones.</summary>
    private IEnumerable<FollowedWindow> FinishedWindows(string file, long given)
    {
        _source ??= new VideoClipSource();
        StoredVideo video = new(file, new VideoSource(Path.GetFullPath(file)));
        string? failure = null;
        VideoShape shape = Try(() => _source.GetShape(video.SourceOf(0)), ref failure);
        if (failure is not null)
        {
            yield return new FollowedWindow(file, ClipSpan.Whole, [], failure);
            yield break;
        }

        double seconds = shape.FrameCount / shape.FramesPerSecond;
        IEnumerable<ClipSpan> spans = _rule.IsWhole ? [ClipSpan.Whole] : _rule.Cut(0, seconds);
        foreach (ClipSpan span in spans.Skip((int)given))
        {
            byte[] pixels = new byte[_view.ClipBytes];
            failure = null;
            _ = Try(() => _view.Read(video, span, _source, pixels, _cancellation), ref failure);
            ClipSpan seen = span.IsWhole ? new ClipSpan(0, seconds) : span;
            yield return failure is null ? new FollowedWindow(file, seen, pixels) : new FollowedWindow(file, seen, [], failure);
        }

        VideoInfoCache.Shared.Remove(video.SourceOf(0));
    }

    /// <summary>Does something with a file; what is wrong with the file is no failure of the follower.</summary>
    private static T? Try<T>(Func<T> work, ref string? failure)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (DecodeThread.IsClipError(error))
        {
            failure = error.Message;
            return default;
        }
    }
}
