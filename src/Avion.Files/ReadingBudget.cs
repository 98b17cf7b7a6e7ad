using System.Diagnostics;

namespace Avion.Files;

/// <summary>What reading one file may cost. A file that asks for more is refused with a sentence before it takes the machine.</summary>
/// <remarks>
/// Readers charge what their result holds or repeats, not what streams past. The limits lie far above real files and far below what
/// hurts: with all of them used up, a reader holds less than a gigabyte. Not safe for use by several threads at once.
/// </remarks>
public sealed class ReadingBudget
{
    private const long ItemsBetweenLooks = 1 << 16;

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _untilLook = ItemsBetweenLooks;

    /// <summary>Levels of containers in containers.</summary>
    public int MaximumDepth { get; init; } = 64;

    /// <summary>Values, rows or members that are held at once.</summary>
    public long MaximumItems { get; init; } = 4_000_000;

    /// <summary>Bytes of text and data that are held at once.</summary>
    public long MaximumBytes { get; init; } = 256L << 20;

    /// <summary>Time since the budget was made; looked at every 65,536 items.</summary>
    public TimeSpan MaximumTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Items charged and not given back.</summary>
    public long Items { get; private set; }

    /// <summary>Bytes charged and not given back.</summary>
    public long Bytes { get; private set; }

    /// <summary>Charges items.</summary>
    /// <exception cref="FileFaultException">There are more than may be, or time is up.</exception>
    public void TakeItems(long count = 1)
    {
        Items += count;
        if (Items > MaximumItems)
        {
            throw new FileFaultException($"it holds more than {MaximumItems:N0} values, far more than any real one");
        }

        if ((_untilLook -= count) <= 0)
        {
            _untilLook = ItemsBetweenLooks;
            CheckTime();
        }
    }

    /// <summary>Charges bytes.</summary>
    /// <exception cref="FileFaultException">There are more than may be.</exception>
    public void TakeBytes(long count)
    {
        Bytes += count;
        if (Bytes > MaximumBytes)
        {
            throw new FileFaultException($"what it holds takes more than {MaximumBytes >> 20} MiB, far more than any real one");
        }
    }

    /// <summary>Fails at a level deeper than may be.</summary>
    /// <exception cref="FileFaultException">It is.</exception>
    public void CheckDepth(int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new FileFaultException($"its values lie more than {MaximumDepth} levels deep in each other");
        }
    }

    /// <summary>Fails when time is up.</summary>
    /// <exception cref="FileFaultException">It is.</exception>
    public void CheckTime()
    {
        if (Stopwatch.GetElapsedTime(_start) > MaximumTime)
        {
            throw new FileFaultException($"reading it takes longer than {MaximumTime.TotalSeconds:0} seconds, far longer than any "
                + "real one");
        }
    }

    /// <summary>Gives items and bytes back: what was read so far is handed over and no longer held.</summary>
    public void Release() => (Items, Bytes) = (0, 0);
}
