namespace Avion.Training;

/// <summary>Scores the verbs, or the nouns, of actions: each has the sum of the probabilities of the actions that contain it.</summary>
/// <param name="name">"verb" or "noun".</param>
/// <param name="classes">P of them.</param>
/// <param name="partOfAction">The verb or noun of each action, [A].</param>
/// <param name="labelIndex">Its place among the labels of a clip.</param>
internal sealed class ActionParts(string name, ClassList classes, ReadOnlySpan<int> partOfAction, int labelIndex)
{
    private readonly int[] _partOfAction = partOfAction.ToArray();
    private readonly double[] _sums = new double[classes.Count];
    private readonly ClassMeter _meter = new(classes.Count);
    private readonly ScoreRows _rows = new();

    /// <summary>Counts a clip.</summary>
    /// <param name="scores">What the model says of it.</param>
    /// <param name="isKept">Whether the scores are kept for a file.</param>
    public void Add(ViewScores scores, bool isKept)
    {
        Sum(scores.MeanProbabilities, _partOfAction, _sums);
        int label = scores.Labels.Length > labelIndex ? scores.Labels[labelIndex] : -1;
        if (scores.Labels.Length > labelIndex)
        {
            _meter.Add(_sums, label);
        }

        if (isKept)
        {
            _rows.Add("", label, _sums);
        }
    }

    public IEnumerable<Scalar> Metrics() =>
    [
        new($"{name}_top1", _meter.Top1), new($"{name}_top1_chance", _meter.Top1Chance),
        new($"{name}_top5", _meter.Top5), new($"{name}_top5_chance", _meter.Top5Chance),
    ];

    /// <summary>The scores that were kept.</summary>
    public OutputTable Table(IReadOnlyList<string> clips) => _rows.Table(name, classes.Count, classes.Names) with { RowNames = clips };

    /// <summary>Sums of the probabilities of actions, [A] to [P].</summary>
    internal static void Sum(ReadOnlySpan<double> actions, ReadOnlySpan<int> partOfAction, Span<double> sums)
    {
        sums.Clear();
        for (int action = 0; action < actions.Length; action++)
        {
            sums[partOfAction[action]] += actions[action];
        }
    }
}
