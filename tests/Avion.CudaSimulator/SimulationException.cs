namespace Avion.CudaSimulator;

/// <summary>What a kernel, its launch or its PTX did wrong.</summary>
public enum FailureKind
{
    /// <summary>The text is not PTX as this reader knows it.</summary>
    InvalidPtx,

    /// <summary>An instruction, a modifier or a type that the simulator does not know.</summary>
    UnknownInstruction,

    /// <summary>A register of another width than the instruction's type.</summary>
    OperandWidth,

    /// <summary>Arguments, block, grid or shared memory of a launch do not fit the kernel.</summary>
    InvalidLaunch,

    /// <summary>An address that no allocation of the device holds, such as a host pointer.</summary>
    NotDeviceMemory,

    /// <summary>Memory that was given back.</summary>
    FreedMemory,

    /// <summary>Memory beside an allocation, or beyond a block's shared memory.</summary>
    OutOfBounds,

    /// <summary>An address that is not a multiple of the access' size.</summary>
    Unaligned,

    /// <summary>Memory or a register that nobody wrote.</summary>
    UnwrittenRead,

    /// <summary>Shared memory that two threads use without a barrier between them.</summary>
    SharedRace,

    /// <summary>Shared memory that an asynchronous copy is still writing.</summary>
    CopyInFlight,

    /// <summary>A barrier, shuffle or matrix instruction that not all of its threads come to.</summary>
    Divergence,

    /// <summary>A warp that goes on for longer than a kernel should.</summary>
    EndlessLoop,

    /// <summary>The kernel's own trap.</summary>
    Trap,
}

/// <summary>A failure of a kernel, with the kernel, the instruction and the thread.</summary>
public sealed class SimulationException : Exception
{
    internal SimulationException(FailureKind kind, string message)
        : base(message) => Kind = kind;

    /// <summary>What is wrong.</summary>
    public FailureKind Kind { get; }

    /// <summary>The kernel's name, or null where there is none.</summary>
    public string? Kernel { get; init; }

    /// <summary>Line of the PTX, from 1; 0 where there is none.</summary>
    public int Line { get; init; }

    /// <summary>A failure of an instruction of a thread.</summary>
    internal static SimulationException At(FailureKind kind, Warp warp, Operation operation, int lane, string what)
    {
        string thread = lane < 0 ? $"warp {warp.Index}" : $"thread {warp.ThreadName(lane)}";
        string kernel = warp.Block.Program.Kernel.Name;
        return new SimulationException(kind,
            $"Kernel {kernel}, line {operation.Source.Line} '{operation.Source.Text}', block {warp.Block.Name}, {thread}: {what}")
        {
            Kernel = kernel, Line = operation.Source.Line,
        };
    }
}
