namespace Avion.Compute;

/// <summary>Step-scoped device memory: blocks are taken and given back at will, and the memory itself is kept from step to step.</summary>
/// <remarks>
/// Best fit over address-ordered blocks with coalescing; the rest of a slab is taken last, so the same sequence of requests lands
/// on the same offsets whatever the slab's size. That makes the peak found on a <see cref="PlanningDevice"/> the peak of the real
/// step. A warm step allocates neither managed nor native memory. Not thread-safe: one arena serves one tape.
/// </remarks>
public sealed partial class Arena : IDisposable
{
    internal const long DefaultSlabBytes = 64L << 20;

    private readonly Device _device;
    private readonly List<(nint Start, long Bytes)> _slabs = [];
    private Block[] _blocks = new Block[256];
    private int _blockCount;

    /// <summary>Makes an arena, with its first slab if a plan tells how large it has to be.</summary>
    /// <param name="device">Whose memory to hand out.</param>
    /// <param name="plannedBytes">Peak of the plan, or 0 to grow on demand.</param>
    public Arena(Device device, long plannedBytes = 0)
    {
        _device = device;
        if (plannedBytes > 0)
        {
            AddSlab(plannedBytes);
        }
    }

    private struct Block
    {
        public nint Start;
        public long Bytes;
        public bool IsFree;
        public bool IsRest;

        /// <summary>What the caller asked for, where the guard begins.</summary>
        public long RequestedBytes;
    }

    /// <summary>Bytes in use now, with alignment.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Largest extent that was in use at once, gaps included: a slab of this size runs the same requests.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes held from the device.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>How many slabs were taken from the device; it stands still in a warm step.</summary>
    public int SlabCount => _slabs.Count;

    /// <summary>Changes whenever memory is taken from the device or given back: while it stands still, equal requests get equal
    /// addresses.</summary>
    public int Generation { get; private set; }

    /// <summary>Takes a block, aligned to <see cref="Device.AlignmentBytes"/>; its content is undefined.</summary>
    public nint Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        int alignment = _device.AlignmentBytes;
        long rounded = Math.Max(1, (bytes + GuardBytes + alignment - 1) / alignment) * alignment;
        int best = FindBest(rounded);
        if (best < 0)
        {
            AddSlab(Math.Max(rounded, _device is PlanningDevice ? 1L << 46 : DefaultSlabBytes));
            best = FindBest(rounded);
        }

        Block chosen = _blocks[best];
        if (chosen.Bytes > rounded)
        {
            Insert(best + 1, new Block
            {
                Start = chosen.Start + (nint)rounded, Bytes = chosen.Bytes - rounded, IsFree = true, IsRest = chosen.IsRest,
            });
        }

        _blocks[best] = new Block { Start = chosen.Start, Bytes = rounded, RequestedBytes = bytes };
        Poison(_blocks[best]);
        UsedBytes += rounded;
        PeakBytes = Math.Max(PeakBytes, Extent(chosen.Start + (nint)rounded));
        return chosen.Start;
    }

    /// <summary>Gives a block back.</summary>
    /// <exception cref="InvalidOperationException">The address is not that of a block in use.</exception>
    public void Free(nint address)
    {
        int index = Find(address);
        if (index < 0 || _blocks[index].IsFree)
        {
            throw new InvalidOperationException("Arena.Free: the address is not that of a block in use. This is a bug in Avion.");
        }

        CheckGuard(_blocks[index]);
        Poison(_blocks[index]);
        UsedBytes -= _blocks[index].Bytes;
        _blocks[index].IsFree = true;
        if (index + 1 < _blockCount && _blocks[index + 1].IsFree && Touch(index))
        {
            _blocks[index].Bytes += _blocks[index + 1].Bytes;
            _blocks[index].IsRest = _blocks[index + 1].IsRest;
            Remove(index + 1);
        }

        if (index > 0 && _blocks[index - 1].IsFree && Touch(index - 1))
        {
            _blocks[index - 1].Bytes += _blocks[index].Bytes;
            _blocks[index - 1].IsRest = _blocks[index].IsRest;
            Remove(index);
        }
    }

    /// <summary>Gives every block back and keeps the memory; if it grew in several slabs, exchanges them for one of their peak.</summary>
    public void Reset()
    {
        CheckGuards();
        _blockCount = 0;
        UsedBytes = 0;
        if (_slabs.Count > 1)
        {
            // The next step then finds its requests in one stretch, as a planned step does, and needs no other slab.
            FreeSlabs();
            AddSlab(PeakBytes);
        }
        else if (_slabs.Count == 1)
        {
            Insert(0, new Block { Start = _slabs[0].Start, Bytes = _slabs[0].Bytes, IsFree = true, IsRest = true });
        }
    }

    /// <summary>Returns the memory to the device.</summary>
    public void Dispose()
    {
        FreeSlabs();
        _blockCount = 0;
        UsedBytes = 0;
    }

    private void FreeSlabs()
    {
        foreach ((nint start, long bytes) in _slabs)
        {
            _device.FreeMemory(start, bytes);
        }

        _slabs.Clear();
        Generation++;
        HeldBytes = 0;
    }

    private int FindBest(long bytes)
    {
        int best = -1;
        for (int i = 0; i < _blockCount; i++)
        {
            ref readonly Block block = ref _blocks[i];
            if (block.IsFree && block.Bytes >= bytes && (best < 0 || IsBetter(block, _blocks[best])))
            {
                best = i;
            }
        }

        return best;
    }

    private static bool IsBetter(in Block candidate, in Block best) => candidate.IsRest == best.IsRest
        ? candidate.Bytes < best.Bytes && !candidate.IsRest
        : best.IsRest;

    private long Extent(nint end)
    {
        long before = 0;
        foreach ((nint start, long bytes) in _slabs)
        {
            if (end > start && end <= start + (nint)bytes)
            {
                return before + (end - start);
            }

            before += bytes;
        }

        return before;
    }

    private void AddSlab(long bytes)
    {
        nint start = _device.AllocateMemory(bytes);
        _slabs.Add((start, bytes));
        HeldBytes += bytes;
        Generation++;
        int position = 0;
        while (position < _blockCount && _blocks[position].Start < start)
        {
            position++;
        }

        Insert(position, new Block { Start = start, Bytes = bytes, IsFree = true, IsRest = true });
    }

    private bool Touch(int index)
    {
        if (_blocks[index].Start + (nint)_blocks[index].Bytes != _blocks[index + 1].Start)
        {
            return false;
        }

        // Neighbouring slabs may touch by chance; blocks must not grow across them, for each slab is freed on its own.
        foreach ((nint start, _) in _slabs)
        {
            if (_blocks[index + 1].Start == start)
            {
                return false;
            }
        }

        return true;
    }

    private int Find(nint address)
    {
        int low = 0, high = _blockCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_blocks[middle].Start == address)
            {
                return middle;
            }

            (low, high) = _blocks[middle].Start < address ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private void Insert(int index, Block block)
    {
        if (_blockCount == _blocks.Length)
        {
            Array.Resize(ref _blocks, _blocks.Length * 2);
        }

        Array.Copy(_blocks, index, _blocks, index + 1, _blockCount - index);
        _blocks[index] = block;
        _blockCount++;
    }

    private void Remove(int index)
    {
        Array.Copy(_blocks, index + 1, _blocks, index, _blockCount - index - 1);
        _blockCount--;
    }
}
