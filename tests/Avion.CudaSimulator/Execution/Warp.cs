using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Where a warp stands.</summary>
internal enum WarpState
{
    /// <summary>It can go on.</summary>
    Running,

    /// <summary>It waits for the block's other warps.</summary>
    AtBarrier,

    /// <summary>All its lanes have returned.</summary>
    Finished,
}

/// <summary>32 lanes with their registers, of which those at one place run together.</summary>
/// <remarks>
/// Lanes that part at a branch are groups, of which the one with the smallest place runs, so that it comes to where the others wait and
/// joins them. An instruction that several lanes must run together holds its group until all have come, and fails when none can.
/// </remarks>
internal sealed unsafe class Warp : IDisposable
{
    private const int MaskBytes = 128 + 256;

    private readonly byte* _memory;
    private readonly Group[] _others = new Group[32];
    private int _otherCount;
    private bool _isWaiting;

    public Warp(Block block, int index, KernelProgram program)
    {
        (Block, Index) = (block, index);
        nuint registers = (nuint)program.RegisterBytes, predicates = (nuint)(4 * (program.PredicateCount + program.WatchedCount + 32));
        _memory = (byte*)NativeMemory.AlignedAlloc(registers + MaskBytes + predicates, 64);
        Registers = _memory;
        NarrowMask = _memory + registers;
        WideMask = NarrowMask + 128;
        Predicates = (uint*)(NarrowMask + MaskBytes);
        Defined = Predicates + program.PredicateCount;
        LocalMemory = program.LocalBytes == 0 ? null : new LocalMemory(program.LocalBytes);
        program.FillConstants(Registers);
        Copies = new AsyncCopies(this);
    }

    private struct Group
    {
        public int Place;
        public uint Mask;
        public bool IsWaiting;
    }

    public Block Block { get; }

    public int Index { get; }

    public byte* Registers { get; }

    public uint* Predicates { get; }

    /// <summary>Which lanes of each watched register have a value.</summary>
    public uint* Defined { get; }

    public byte* NarrowMask { get; }

    public byte* WideMask { get; }

    public LocalMemory? LocalMemory { get; }

    public AsyncCopies Copies { get; }

    public WarpState State { get; private set; }

    /// <summary>Lanes that run now.</summary>
    public uint Active { get; private set; }

    /// <summary>Lanes that the block gives the warp.</summary>
    public uint Begun { get; private set; }

    /// <summary>Lanes that have not returned.</summary>
    public uint Alive { get; private set; }

    /// <summary>Number of the instruction that runs next.</summary>
    public int Place { get; set; }

    /// <summary>Counts the warp's own barriers since the block's last.</summary>
    public int Interval { get; set; }

    /// <summary>Name of a thread, as (x, y, z).</summary>
    public string ThreadName(int lane) => Block.ThreadName((32 * Index) + lane);

    /// <summary>Begins a block.</summary>
    public void Begin(int threadCount)
    {
        Begun = Alive = threadCount >= 32 ? Operation.AllLanes : (1u << threadCount) - 1;
        (State, Place, Interval, _otherCount, _isWaiting) = (WarpState.Running, 0, 0, 0, false);
        Block.Program.FillSpecial(this);
        new Span<uint>(Defined, Block.Program.WatchedCount).Clear();
        LocalMemory?.Forget();
        Copies.Clear();
        SetActive(Alive);
    }

    public void SetActive(uint mask)
    {
        if (mask == Active)
        {
            return;
        }

        Active = mask;
        if (mask != Operation.AllLanes)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                long bits = -((mask >> lane) & 1);
                ((int*)NarrowMask)[lane] = (int)bits;
                ((long*)WideMask)[lane] = bits;
            }
        }
    }

    /// <summary>Runs until the block's barrier or the end.</summary>
    public void Run()
    {
        Operation[] operations = Block.Program.Operations;
        for (int left = Block.LongestRun; State == WarpState.Running; left--)
        {
            Operation operation = operations[Place++];
            operation.Executions++;
            operation.Execute(this);
            if (_otherCount > 0 && State == WarpState.Running)
            {
                ChooseGroup(operation);
            }

            if (left == 0)
            {
                throw SimulationException.At(FailureKind.EndlessLoop, this, operation, -1, $"still runs after {Block.LongestRun} instructions.");
            }
        }
    }

    /// <summary>Goes on at another place with some of the active lanes.</summary>
    public void Branch(uint taken, int target)
    {
        uint stays = Active & ~taken;
        if (taken == 0)
        {
            return;
        }

        if (stays != 0)
        {
            _others[_otherCount++] = new Group { Place = target, Mask = taken };
            SetActive(stays);
            return;
        }

        Place = target;
    }

    /// <summary>Ends some of the active lanes.</summary>
    public void Return(uint lanes)
    {
        Copies.CheckNonePending(lanes);
        Alive &= ~lanes;
        for (int i = 0; i < _otherCount; i++)
        {
            // What waited for these lanes may go on without them.
            _others[i].IsWaiting = false;
        }

        if ((Active & ~lanes) != 0)
        {
            SetActive(Active & ~lanes);
        }
        else if (_otherCount > 0)
        {
            Take(_otherCount - 1);
        }
        else
        {
            State = WarpState.Finished;
        }
    }

    /// <summary>Whether all the lanes that an instruction needs are here; if not, its lanes wait for them and the instruction runs again.</summary>
    public bool Gather(Operation operation, uint needed)
    {
        if ((needed & ~Alive) != 0)
        {
            int gone = BitOperations.TrailingZeroCount(needed & ~Alive);
            throw SimulationException.At(FailureKind.Divergence, this, operation, gone, "has returned, but others wait for it here.");
        }

        if ((needed & ~Active) == 0)
        {
            return true;
        }

        if (_otherCount == 0)
        {
            throw SimulationException.At(FailureKind.Divergence, this, operation, BitOperations.TrailingZeroCount(needed & ~Active),
                "does not run this instruction, which needs it.");
        }

        Place--;
        _isWaiting = true;
        return false;
    }

    /// <summary>Waits for the block's other warps.</summary>
    public void EnterBarrier() => State = WarpState.AtBarrier;

    /// <summary>Goes on behind the block's barrier.</summary>
    public void LeaveBarrier() => (State, Interval) = (WarpState.Running, 0);

    /// <inheritdoc />
    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private void ChooseGroup(Operation operation)
    {
        // Groups that meet become one, and try again what they waited for.
        for (int i = _otherCount - 1; i >= 0; i--)
        {
            if (_others[i].Place == Place)
            {
                SetActive(Active | _others[i].Mask);
                _others[i] = _others[--_otherCount];
                _isWaiting = false;
            }
        }

        int best = -1;
        for (int i = 0; i < _otherCount; i++)
        {
            if (!_others[i].IsWaiting && (best < 0 || _others[i].Place < _others[best].Place))
            {
                best = i;
            }
        }

        if (best >= 0 && (_isWaiting || _others[best].Place < Place))
        {
            Group own = new() { Place = Place, Mask = Active, IsWaiting = _isWaiting };
            Take(best);
            _others[_otherCount++] = own;
            MergeOthers();
        }
        else if (_isWaiting)
        {
            throw SimulationException.At(FailureKind.Divergence, this, operation,
                BitOperations.TrailingZeroCount(Alive & ~Active), "waits elsewhere, while others wait for it here.");
        }
    }

    private void MergeOthers()
    {
        Group last = _others[_otherCount - 1];
        for (int i = 0; i < _otherCount - 1; i++)
        {
            if (_others[i].Place == last.Place)
            {
                _others[i].Mask |= last.Mask;
                _others[i].IsWaiting = false;
                _otherCount--;
                return;
            }
        }
    }

    private void Take(int group)
    {
        Group chosen = _others[group];
        _others[group] = _others[--_otherCount];
        Place = chosen.Place;
        _isWaiting = false;
        SetActive(chosen.Mask);
    }
}
