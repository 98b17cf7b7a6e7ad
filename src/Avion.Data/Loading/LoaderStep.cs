namespace Avion.Data;

/// <summary>The batches that the ranks of this process train on in one step: made, judged and given back as one.</summary>
internal sealed class LoaderStep
{
    private readonly List<ClipProblem> _problems = [];
    private int _faultPlace;

    /// <summary>Batches that decode threads have yet to finish.</summary>
    public int BatchesLeft;

    public LoaderStep(StepQueue owner, in BatchLayout layout, BatchPlan[] plans, ReadOnlySpan<nint> memory)
    {
        Batches = new ClipBatch[plans.Length];
        for (int rank = 0; rank < plans.Length; rank++)
        {
            Batches[rank] = new ClipBatch(owner, this, rank, plans[rank], layout, memory[rank]);
        }
    }

    /// <summary>One batch for each rank of this process.</summary>
    public ClipBatch[] Batches { get; }

    /// <summary>Which step it is, counted from the loader's first.</summary>
    public long Number { get; private set; } = -1;

    /// <summary>Pieces of work that decode threads take, over all batches.</summary>
    public int UnitCount { get; private set; }

    /// <summary>Clips of all its batches.</summary>
    public int ClipCount { get; private set; }

    /// <summary>All batches are in place. With what follows, written and read under the queue's lock.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Its bad clips are counted.</summary>
    public bool IsAccounted { get; set; }

    /// <summary>Batches that ranks have yet to give back.</summary>
    public int NotReturned { get; set; }

    /// <summary>What ends the run when this step is reached.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Begins anew at a position of the run.</summary>
    public void Begin(long number, RunPosition position)
    {
        (Number, UnitCount, ClipCount, BatchesLeft, Fault) = (number, 0, 0, 0, null);
        _problems.Clear();
        foreach (ClipBatch batch in Batches)
        {
            batch.Begin(position);
            UnitCount += batch.UnitsLeft;
            ClipCount += batch.Count;
            BatchesLeft += batch.UnitsLeft > 0 ? 1 : 0;
        }

        (IsComplete, IsAccounted, NotReturned) = (UnitCount == 0, false, Batches.Length);
    }

    /// <summary>Which clips a unit stands for. The ranks take turns, so that their batches fill at one pace; in a short step the earlier
    /// ranks have one clip more than the later, or as many.</summary>
    public (ClipBatch Batch, int FirstSlot) Unit(int unit)
    {
        ClipBatch batch = Batches[unit % Batches.Length];
        return (batch, unit / Batches.Length);
    }

    /// <summary>Notes a clip that could not be read.</summary>
    /// <param name="batch">Its batch.</param>
    /// <param name="slot">Its place there.</param>
    /// <param name="attempt">How many clips were tried for this place before.</param>
    /// <param name="clip">The clip.</param>
    public void AddProblem(ClipBatch batch, int slot, int attempt, BadClip clip)
    {
        lock (_problems)
        {
            _problems.Add(new ClipProblem(batch.Plan.PlaceInStep(slot), attempt, clip));
        }
    }

    /// <summary>Keeps the error of the first place that failed, so that the run ends with the same one for any number of threads.</summary>
    public void Fail(ClipBatch batch, int slot, Exception error)
    {
        int place = batch.Plan.PlaceInStep(slot);
        lock (_problems)
        {
            if (Fault is null || place < _faultPlace)
            {
                (Fault, _faultPlace) = (error, place);
            }
        }
    }

    /// <summary>The clips that could not be read; in the order of their places once the step is handed out.</summary>
    public IReadOnlyList<ClipProblem> Problems => _problems;

    /// <summary>The clips that could not be read, by place: the same for any number of threads and ranks.</summary>
    public List<ClipProblem> SortedProblems()
    {
        _problems.Sort(static (a, b) => (a.Place, a.Attempt).CompareTo((b.Place, b.Attempt)));
        return _problems;
    }
}
