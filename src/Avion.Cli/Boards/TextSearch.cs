namespace Avion.Cli;

/// <summary>The text side of a run's model, opened when the first text is searched for. Safe to call from several threads.</summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="devices">Where to compute.</param>
/// <param name="recipe">The checkpoint's recipe.</param>
/// <param name="threads">Threads that compute; 0 for all.</param>
internal sealed class TextSearch(string checkpoint, DeviceList devices, Recipe recipe, int threads) : IDisposable
{
    private readonly Lock _lock = new();
    private Device? _device;
    private FeatureExtractor? _model;
    private BytePairTokenizer? _tokenizer;

    /// <summary>The unit vector of a text, cut to the model's context.</summary>
    public float[] Embed(string text)
    {
        lock (_lock)
        {
            _device ??= DeviceChoice.ForEvaluation(devices, recipe).Open(rank: 0, threads);
            _model ??= FeatureExtractor.Open(checkpoint, _device);
            _tokenizer ??= _model.OpenTokenizer(vocabularyPath: null);
            return _model.OfTokens(_model.Tokenize(_tokenizer, text));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _model?.Dispose();
            _device?.Dispose();
        }
    }
}
