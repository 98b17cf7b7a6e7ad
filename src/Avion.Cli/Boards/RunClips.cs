namespace Avion.Cli;

/// <summary>The held-out clips of a run: their pictures and where they lie. Safe to call from several threads.</summary>
internal sealed class RunClips : IDisposable
{
    /// <summary>The board's pictures; its pages play them, so that frames lie without a gap.</summary>
    public static readonly PictureForm BoardPictures = new(Frames: 8, SidePixels: 144, GapPixels: 0);

    private const int KeptPictures = 500;

    private readonly IClipDataset _data;
    private readonly IClipSource _videos;
    private readonly int[] _samples;
    private readonly PictureForm _form;
    private readonly FilmStrip _strip;
    private readonly Dictionary<int, byte[]> _pictures = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    /// <param name="data">The data that was evaluated on.</param>
    /// <param name="viewsPerClip">Samples of each clip.</param>
    /// <param name="names">Clips by the names that the evaluation gives them.</param>
    /// <param name="form">How clips become pictures.</param>
    public RunClips(TrainingData data, int viewsPerClip, IReadOnlyList<string> names, PictureForm form)
    {
        _form = form;
        _data = data.Validation ?? throw new RunException("The run has no validation clips.");
        _videos = data.OpenSource();
        _samples = SamplesOf(data, viewsPerClip, names);
        _strip = new FilmStrip(_data, _videos, form);
    }

    /// <summary>Frames side by side, as PNG or JPEG.</summary>
    /// <exception cref="IOException">The clip cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The clips were let go of.</exception>
    public byte[] Picture(int clip, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_pictures.TryGetValue(clip, out byte[]? picture))
            {
                return picture;
            }

            try
            {
                picture = _strip.Draw(_samples[clip], cancellation);
            }
            catch (Exception error) when (error is DataException or VideoException)
            {
                throw new IOException(error.Message, error);
            }

            if (_pictures.Count == KeptPictures)
            {
                _pictures.Clear();
            }

            _pictures.Add(clip, picture);
            return picture;
        }
    }

    /// <summary>The file of a clip and the part of it that is shown; null for a part of an archive and for a clip
    /// that cannot be read.</summary>
    /// <exception cref="ObjectDisposedException">The clips were let go of.</exception>
    public PlayableClip? Play(int clip)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                ClipRequest request = new(_form.Frames, _form.SidePixels, _form.SidePixels, _data.LabelCount);
                _data.Draw(new SampleKey(Seed: 0, Epoch: 0, _samples[clip]), _videos, request);
                ClipSegment part = request.Segments[0];
                if (!part.Video.IsWholeFile)
                {
                    return null;
                }

                ReadOnlySpan<int> frames = request.Frames.Slice(part.First, part.Count);
                double rate = _videos.GetShape(part.Video).FramesPerSecond;
                return new PlayableClip(Path.GetFullPath(part.Video.Path), frames[0] / rate, (frames[^1] + 1) / rate);
            }
            catch (Exception error) when (error is DataException or VideoException or IOException)
            {
                return null;
            }
        }
    }

    /// <summary>Waits for a picture that is being drawn, and closes the videos.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _videos.Dispose();
        }
    }

    /// <summary>The first sample of each name.</summary>
    /// <exception cref="RunException">No sample has one of the names.</exception>
    internal static int[] SamplesOf(TrainingData data, int viewsPerClip, IReadOnlyList<string> names)
    {
        Dictionary<string, int> samples = new(StringComparer.Ordinal);
        for (int sample = 0; sample < data.Validation!.Count; sample++)
        {
            samples.TryAdd(data.NameClip(sample, viewsPerClip), sample);
        }

        return
        [
            .. names.Select(name => samples.TryGetValue(name, out int sample) ? sample
                : throw new RunException($"The evaluation names a clip '{name}', which the run's validation data lack: they are not those "
                    + "that were evaluated. Evaluate the run again.")),
        ];
    }
}
