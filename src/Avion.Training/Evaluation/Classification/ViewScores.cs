namespace Avion.Training;

/// <summary>Sums of what a model says of the views of one clip.</summary>
/// <param name="classCount">C.</param>
internal sealed class ViewScores(int classCount)
{
    private readonly double[] _logits = new double[classCount], _probabilities = new double[classCount];
    private int _views, _samples;

    /// <summary>Samples of the clip that came, unreadable ones included.</summary>
    public int Samples => _samples;

    /// <summary>Whether a view could be read.</summary>
    public bool IsReadable => _views > 0;

    /// <summary>Mean of the logits over the views, [C].</summary>
    public ReadOnlySpan<double> MeanLogits => _logits;

    /// <summary>Mean of the probabilities over the views, [C].</summary>
    public ReadOnlySpan<double> MeanProbabilities => _probabilities;

    /// <summary>The clip's labels; -1 where unknown.</summary>
    public int[] Labels { get; private set; } = [];

    /// <summary>Begins another clip.</summary>
    public void Begin(ReadOnlySpan<int> labels)
    {
        Array.Clear(_logits);
        Array.Clear(_probabilities);
        (_views, _samples) = (0, 0);
        if (Labels.Length != labels.Length)
        {
            Labels = new int[labels.Length];
        }

        labels.CopyTo(Labels);
    }

    /// <summary>Notes a sample of the clip, of which views may follow.</summary>
    public void AddSample() => _samples++;

    /// <summary>Adds a view.</summary>
    public void Add(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        for (int c = 0; c < logits.Length; c++)
        {
            _logits[c] += logits[c];
            _probabilities[c] += Math.Exp(logits[c] - largest) / sum;
        }

        _views++;
    }

    /// <summary>Makes means of the sums, once all views are there.</summary>
    public void Complete()
    {
        for (int c = 0; c < _logits.Length && _views > 1; c++)
        {
            _logits[c] /= _views;
            _probabilities[c] /= _views;
        }
    }
}
