namespace Avion.Training;

/// <summary>Counts how often the right class is among those with the highest scores.</summary>
/// <remarks>
/// Rank of a class: how many have a higher score, or the same and a smaller number, so that a result does not depend on the machine. Mean
/// class accuracy is the mean over the classes that clips have of the share of their clips whose right class has rank 0; classes without
/// clips do not count.
/// </remarks>
/// <param name="classCount">C.</param>
public sealed class ClassMeter(int classCount)
{
    private const int Several = 5;

    private readonly int[] _clips = new int[classCount], _right = new int[classCount];
    private int _count, _first, _amongSeveral;

    /// <summary>Clips so far.</summary>
    public int Count => _count;

    /// <summary>Share of clips whose class has the highest score.</summary>
    public double Top1 => (double)_first / _count;

    /// <summary>Share of clips whose class has one of the five highest scores.</summary>
    public double Top5 => (double)_amongSeveral / _count;

    /// <summary>Mean over the classes that clips have; 0 where all labels are of no class.</summary>
    public double MeanClassAccuracy => Enumerable.Range(0, classCount).Where(label => _clips[label] > 0)
        .Select(label => (double)_right[label] / _clips[label]).DefaultIfEmpty().Average();

    /// <summary>What <see cref="Top1"/> is for scores in random order.</summary>
    public double Top1Chance => 1.0 / classCount;

    /// <summary>What <see cref="Top5"/> is for scores in random order.</summary>
    public double Top5Chance => (double)Math.Min(Several, classCount) / classCount;

    /// <summary>Counts a clip.</summary>
    /// <param name="scores">[C].</param>
    /// <param name="label">Its class; a number that is none of them cannot be right.</param>
    public void Add(ReadOnlySpan<double> scores, int label)
    {
        _count++;
        if ((uint)label >= (uint)classCount)
        {
            return;
        }

        int rank = RankOf(label, scores);
        _clips[label]++;
        _right[label] += rank == 0 ? 1 : 0;
        _first += rank == 0 ? 1 : 0;
        _amongSeveral += rank < Several ? 1 : 0;
    }

    private static int RankOf(int label, ReadOnlySpan<double> scores)
    {
        double own = scores[label];
        int rank = 0;
        for (int other = 0; other < scores.Length; other++)
        {
            // A score that is not a number stands above all others: it is never right.
            bool isAbove = !(scores[other] <= own) || (scores[other] == own && other < label);
            rank += other != label && isAbove ? 1 : 0;
        }

        return double.IsNaN(own) ? scores.Length : rank;
    }
}
