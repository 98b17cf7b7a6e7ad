namespace Avion.Cli;

/// <summary>Finds clips of a run by texts: exactly, by the index that `avion search` uses. The model's text side is opened when the first
/// text is searched for. Safe to call from several threads.</summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="devices">Where to compute.</param>
/// <param name="recipe">The checkpoint's recipe.</param>
/// <param name="threads">Threads that compute; 0 for all.</param>
/// <param name="clips">Unit vectors of the clips, [C, size].</param>
/// <param name="size">Numbers of a vector.</param>
internal sealed class TextSearch(string checkpoint, DeviceList devices, Recipe recipe, int threads, float[] clips, int size) : IDisposable
{
    private readonly Lock _lock = new();
    private Device? _device;
    private FeatureExtractor? _model;
    private BytePairTokenizer? _tokenizer;
    private VectorIndex? _index;
    private bool _isDisposed;

    /// <summary>The clips that a text finds, best first.</summary>
    /// <exception cref="ObjectDisposedException">The clips were let go of.</exception>
    public FoundClips Find(string text, int count)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Open();
            TextReading reading = _model!.Read(_tokenizer!, text);
            VectorRanking ranking = _index!.Search(_model.OfTexts([reading]), count);
            return new FoundClips([.. ranking.Rows.Select(row => (row.Row, row.Score))], reading.Note);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _index?.Dispose();
            _model?.Dispose();
            _device?.Dispose();
        }
    }

    private void Open()
    {
        _device ??= DeviceChoice.ForEvaluation(devices, recipe).Open(rank: 0, threads);
        _model ??= FeatureExtractor.Open(checkpoint, _device);
        _tokenizer ??= _model.OpenTokenizer(vocabularyPath: null);
        if (_index is null)
        {
            _index = new VectorIndex(size, threads);
            _index.Add(clips);
        }
    }
}
