namespace Avion.CudaSimulator;

/// <summary>A block's shared memory, with who used each part of it last and in which interval between barriers.</summary>
/// <remarks>
/// Two uses of one place by different threads, one of them a write, are a race unless the block's barrier, or the warp's where both threads
/// are of one warp, lies between them. That is decided exactly: of a place's reads in an interval it matters alone whether they came from
/// several warps, and else from which lanes since the warp's last barrier; of its writes, the last, for it follows all others.
/// Places are as large as the smallest access of the kernel, to which all are aligned.
/// </remarks>
internal sealed unsafe class SharedMemory
{
    // Of a use: the block's interval, the warp's interval, the warp, the lane.
    private const int IntervalShift = 32, WarpIntervalShift = 12, WarpShift = 6;
    private const uint Many = 63, Atomic = 62;
    private const ulong WarpIntervalMask = 0xFFFFF;

    private readonly byte[] _bytes;
    private readonly ulong[] _writes, _reads;
    private readonly bool[] _inFlight;
    private readonly int _granuleShift;
    private uint _interval = 1, _firstInterval = 1;

    public SharedMemory(int bytes, int granule)
    {
        _granuleShift = System.Numerics.BitOperations.Log2((uint)granule);
        _bytes = GC.AllocateArray<byte>(Math.Max(16, bytes), pinned: true);
        Bytes = bytes;
        int places = (bytes + granule - 1) / granule;
        (_writes, _reads, _inFlight) = (new ulong[places], new ulong[places], new bool[places]);
    }

    public int Bytes { get; }

    /// <summary>What the memory holds is not carried from block to block.</summary>
    public void BeginBlock()
    {
        _firstInterval = ++_interval;
        _inFlight.AsSpan().Clear();
    }

    public void PassBarrier() => _interval++;

    /// <summary>Address of what a lane reads, after all checks.</summary>
    public byte* Read(Warp warp, Operation operation, int lane, ulong address, int bytes)
    {
        Check(warp, operation, lane, address, bytes, "reads");
        ulong now = Use(warp, (uint)lane);
        for (ulong place = address >> _granuleShift, end = (address + (ulong)bytes - 1) >> _granuleShift; place <= end; place++)
        {
            ulong write = _writes[place];
            if ((uint)(write >> IntervalShift) < _firstInterval)
            {
                throw SimulationException.At(FailureKind.UnwrittenRead, warp, operation, lane,
                    $"reads byte {place << _granuleShift} of shared memory, which nobody wrote in this block.");
            }

            if (Conflicts(write, now))
            {
                throw Race(warp, operation, lane, place, "reads", "writes", write);
            }

            NoteRead(ref _reads[place], now);
        }

        return Pointer(address);
    }

    /// <summary>Address of what a lane writes, after all checks.</summary>
    public byte* Write(Warp warp, Operation operation, int lane, ulong address, int bytes, bool isAtomic = false)
    {
        Check(warp, operation, lane, address, bytes, "writes");
        ulong now = Use(warp, (uint)lane);
        for (ulong place = address >> _granuleShift, end = (address + (ulong)bytes - 1) >> _granuleShift; place <= end; place++)
        {
            ulong write = _writes[place], read = _reads[place];
            bool follows = isAtomic && (write & 63) == Atomic;
            if (!follows && (uint)(write >> IntervalShift) >= _firstInterval && Conflicts(write, now))
            {
                throw Race(warp, operation, lane, place, "writes", "writes", write);
            }

            if (Conflicts(read, now))
            {
                throw Race(warp, operation, lane, place, "writes", "reads", read);
            }

            _writes[place] = isAtomic ? (now & ~63UL) | Atomic : now;
        }

        return Pointer(address);
    }

    /// <summary>Address of what an atomic operation changes, after all checks.</summary>
    public byte* Change(Warp warp, Operation operation, int lane, ulong address, int bytes)
    {
        Check(warp, operation, lane, address, bytes, "changes");
        ulong place = address >> _granuleShift;
        return (uint)(_writes[place] >> IntervalShift) >= _firstInterval ? Write(warp, operation, lane, address, bytes, isAtomic: true)
            : throw SimulationException.At(FailureKind.UnwrittenRead, warp, operation, lane,
                $"changes byte {address} of shared memory, which nobody wrote in this block.");
    }

    /// <summary>Marks a range as being written by a copy, from now until it is waited for.</summary>
    public void BeginCopy(Warp warp, Operation operation, int lane, ulong address, int bytes)
    {
        Write(warp, operation, lane, address, bytes);
        for (ulong place = address >> _granuleShift, end = (address + (ulong)bytes - 1) >> _granuleShift; place <= end; place++)
        {
            _inFlight[place] = true;
        }
    }

    /// <summary>The data of a copy have come; its thread has written them now.</summary>
    public void EndCopy(Warp warp, int lane, ulong address, ReadOnlySpan<byte> data)
    {
        for (ulong place = address >> _granuleShift, end = (address + (ulong)data.Length - 1) >> _granuleShift; place <= end; place++)
        {
            _inFlight[place] = false;
            _writes[place] = Use(warp, (uint)lane);
        }

        data.CopyTo(_bytes.AsSpan((int)address));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Pointer(ulong address) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes)) + address;

    private ulong Use(Warp warp, uint lane) => ((ulong)_interval << IntervalShift)
        | (((ulong)warp.Interval & WarpIntervalMask) << WarpIntervalShift) | ((ulong)warp.Index << WarpShift) | lane;

    /// <summary>Whether an earlier use is not ordered before this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Conflicts(ulong earlier, ulong now)
    {
        if (earlier == now || (uint)(earlier >> IntervalShift) != _interval)
        {
            return false;
        }

        // Of one warp, a use before the warp's last barrier is ordered, and so is one of the same lane.
        bool sameWarp = ((earlier ^ now) >> WarpShift & 63) == 0;
        return !sameWarp || ((earlier ^ now) >> WarpIntervalShift & WarpIntervalMask) == 0;
    }

    private void NoteRead(ref ulong read, ulong now)
    {
        if ((uint)(read >> IntervalShift) != _interval)
        {
            read = now;
            return;
        }

        if (((read ^ now) >> WarpShift & 63) != 0)
        {
            read |= Many << WarpShift;
        }
        else if (((read ^ now) >> WarpIntervalShift & WarpIntervalMask) != 0)
        {
            read = now;
        }
        else if (read != now)
        {
            read |= Many;
        }
    }

    private void Check(Warp warp, Operation operation, int lane, ulong address, int bytes, string verb)
    {
        if (address + (ulong)bytes > (ulong)Bytes)
        {
            throw SimulationException.At(FailureKind.OutOfBounds, warp, operation, lane,
                $"{verb} {bytes} bytes at {address} of shared memory, of which the block has {Bytes}.");
        }

        if ((address & (ulong)(bytes - 1)) != 0)
        {
            throw SimulationException.At(FailureKind.Unaligned, warp, operation, lane,
                $"{verb} {bytes} bytes at {address} of shared memory, which is no multiple of {bytes}.");
        }

        for (ulong place = address >> _granuleShift, end = (address + (ulong)bytes - 1) >> _granuleShift; place <= end; place++)
        {
            if (_inFlight[place])
            {
                throw SimulationException.At(FailureKind.CopyInFlight, warp, operation, lane,
                    $"{verb} byte {place << _granuleShift} of shared memory, which a copy that was not waited for is writing.");
            }
        }
    }

    private SimulationException Race(Warp warp, Operation operation, int lane, ulong place, string verb, string otherVerb, ulong other)
    {
        uint otherWarp = (uint)(other >> WarpShift) & 63, otherLane = (uint)other & 63;
        string who = otherWarp == Many ? "threads of several warps"
            : otherLane >= Atomic ? $"threads of warp {otherWarp}" : $"thread {warp.Block.ThreadName((int)((32 * otherWarp) + otherLane))}";
        string form = otherWarp == Many || otherLane >= Atomic ? otherVerb.TrimEnd('s') : otherVerb;
        return SimulationException.At(FailureKind.SharedRace, warp, operation, lane,
            $"{verb} byte {place << _granuleShift} of shared memory, which {who} {form} with no barrier between.");
    }
}
