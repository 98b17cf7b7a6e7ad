namespace Avion.Dashboard;

/// <summary>The clips of one run, from the request for them to the rankings.</summary>
internal sealed class GallerySession : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _opening;
    private double _progress;
    private GalleryView? _view;
    private string? _failure;

    /// <summary>Begins to open clips; <paramref name="turn"/> lets one run at a time compute.</summary>
    public GallerySession(IClipGalleryOpener opener, string folder, SemaphoreSlim turn) => _opening = Task.Run(async () =>
    {
        try
        {
            await turn.WaitAsync(_stop.Token);
            try
            {
                _view = new GalleryView(opener.Open(folder, share => _progress = share, _stop.Token));
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException)
        {
            _failure = "Stopped.";
        }
        catch (Exception error)
        {
            // Whatever a model or its data has, the page says so and the board goes on.
            _failure = error.Message;
        }
    });

    /// <summary>The clips; null until they are there.</summary>
    public GalleryView? View => Volatile.Read(ref _view);

    public GalleryState State => View is { } view
        ? GalleryState.Of(view)
        : _failure is { } failure ? new GalleryState("failed") { Message = failure }
        : new GalleryState("working") { Progress = Volatile.Read(ref _progress) };

    public bool HasFailed => _failure is not null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _opening;
        _view?.Dispose();
        _stop.Dispose();
    }
}

/// <summary>Clips that are open, with what is computed of them once.</summary>
internal sealed class GalleryView(IClipGallery gallery) : IDisposable
{
    private readonly Lazy<GalleryRanking> _byAnswer = new(() => new GalleryRanking(gallery.Contents, byClip: false));
    private readonly Lazy<GalleryRanking> _byClip = new(() => new GalleryRanking(gallery.Contents, byClip: true));
    private readonly Lazy<(double[] Places, double[] Shares)> _map =
        new(() => PrincipalAxes.Project(gallery.Contents.Embeddings, gallery.Contents.EmbeddingSize));

    public IClipGallery Gallery => gallery;

    public GalleryContents Contents => gallery.Contents;

    public (double[] Places, double[] Shares) Map => _map.Value;

    public GalleryRanking Ranking(bool byClip) => (byClip ? _byClip : _byAnswer).Value;

    /// <summary>The right answer of a clip with the smallest number; -1 where none is known.</summary>
    public int TruthOf(int clip)
    {
        for (int answer = 0; answer < Contents.Answers.Count; answer++)
        {
            if (Contents.IsRight(clip, answer))
            {
                return answer;
            }
        }

        return -1;
    }

    public void Dispose() => gallery.Dispose();
}
