namespace Avion.Data;

/// <summary>Counts the clips that could not be read, in the order of the run, and says when there are too many.</summary>
/// <remarks>
/// Steps are added in the order of the run, all ranks together, so that a run ends at the same step for any number of threads and ranks.
/// </remarks>
internal sealed class BadClipTally(LoaderOptions options)
{
    private const int Reported = 1000;

    private readonly List<BadClip> _clips = [];
    private long _count, _badPlaces, _total;
    private BadClip? _last;

    /// <summary>Clips so far that could not be read, those that were to replace others included.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The first thousand of them.</summary>
    public BadClip[] ToArray()
    {
        lock (_clips)
        {
            return [.. _clips];
        }
    }

    public void Add(LoaderStep step)
    {
        _total += step.ClipCount;
        foreach (ClipProblem problem in step.SortedProblems())
        {
            Volatile.Write(ref _count, _count + 1);
            // A clip that stands in for a bad one and is bad itself is told, but is no further place of the batch.
            _badPlaces += problem.Attempt == 0 ? 1 : 0;
            _last = problem.Clip;
            if (_clips.Count < Reported)
            {
                lock (_clips)
                {
                    _clips.Add(problem.Clip);
                }
            }
        }
    }

    /// <summary>What ends the run: more bad clips than the options allow; null otherwise.</summary>
    public DataException? Excess() =>
        _last is not null && _badPlaces > options.BadClipAllowance && _badPlaces > options.MaximumBadFraction * _total
            ? new DataException(
                $"{_badPlaces} of {_total} clips could not be read, expected at most {options.MaximumBadFraction:P1}. "
                + $"Last: {_last.Sample}: {_last.Reason} More are allowed by data.maximum_bad_fraction.")
            : null;
}
