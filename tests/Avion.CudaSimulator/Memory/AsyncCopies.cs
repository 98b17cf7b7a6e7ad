namespace Avion.CudaSimulator;

/// <summary>The asynchronous copies to shared memory that a warp's lanes have begun: their data come when their group is waited for.</summary>
internal sealed class AsyncCopies(Warp warp)
{
    private readonly List<Copy> _pending = [];
    private readonly int[] _closedGroups = new int[32];

    private readonly record struct Copy(int Lane, int Group, ulong Target, byte[] Data);

    public void Clear()
    {
        _pending.Clear();
        _closedGroups.AsSpan().Clear();
    }

    /// <summary>Begins a copy.</summary>
    public void Begin(Operation operation, int lane, ulong target, byte[] data)
    {
        warp.Block.SharedMemory.BeginCopy(warp, operation, lane, target, data.Length);
        _pending.Add(new Copy(lane, _closedGroups[lane], target, data));
    }

    /// <summary>Closes the group of each active lane.</summary>
    public void Commit()
    {
        for (int lane = 0; lane < 32; lane++)
        {
            _closedGroups[lane] += (int)(warp.Active >> lane) & 1;
        }
    }

    /// <summary>Takes the data of all groups but the newest of the active lanes.</summary>
    /// <param name="newest">How many groups may stay under way; -1 takes open groups too.</param>
    public void Wait(int newest)
    {
        int kept = 0;
        for (int i = 0; i < _pending.Count; i++)
        {
            Copy copy = _pending[i];
            bool waits = ((warp.Active >> copy.Lane) & 1) != 0 && (newest < 0 || copy.Group < _closedGroups[copy.Lane] - newest);
            if (waits)
            {
                warp.Block.SharedMemory.EndCopy(warp, copy.Lane, copy.Target, copy.Data);
            }
            else
            {
                _pending[kept++] = copy;
            }
        }

        _pending.RemoveRange(kept, _pending.Count - kept);
    }

    /// <summary>Lanes that return must have waited for their copies.</summary>
    public void CheckNonePending(uint lanes)
    {
        foreach (Copy copy in _pending)
        {
            if (((lanes >> copy.Lane) & 1) != 0)
            {
                Operation last = warp.Block.Program.Operations[^1];
                throw SimulationException.At(FailureKind.CopyInFlight, warp, last, copy.Lane,
                    $"returns while its copy to byte {copy.Target} of shared memory is under way.");
            }
        }
    }
}
