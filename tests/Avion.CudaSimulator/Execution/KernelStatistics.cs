namespace Avion.CudaSimulator;

/// <summary>What a launch did, counted over all its warps.</summary>
public sealed class KernelStatistics
{
    private readonly Operation[] _operations;

    internal KernelStatistics(KernelProgram program)
    {
        _operations = [.. program.Operations.Select(Innermost)];
        Name = program.Name;
        EstimatedRegisters = program.EstimatedRegisters;
        Instructions = _operations.Sum(operation => operation.Executions);
        MatrixInstructions = _operations.OfType<MatrixMultiply>().Sum(operation => operation.Executions);
        GlobalRequests = Memory(isShared: false).Sum(operation => operation.Requests);
        GlobalSectors = Memory(isShared: false).Sum(operation => operation.Sectors);
        GlobalBytes = Memory(isShared: false).Sum(operation => operation.BytesMoved);
        SharedRequests = Memory(isShared: true).Sum(operation => operation.Requests);
        BankConflicts = _operations.OfType<ICountsBanks>().Sum(operation => operation.BankConflicts);
    }

    /// <summary>The kernel.</summary>
    public string Name { get; }

    /// <summary>See <see cref="KernelProgram.EstimatedRegisters"/>.</summary>
    public int EstimatedRegisters { get; }

    /// <summary>Instructions that warps ran.</summary>
    public long Instructions { get; }

    /// <summary>Tensor-core products among them.</summary>
    public long MatrixInstructions { get; }

    /// <summary>Loads and stores of global memory that warps made.</summary>
    public long GlobalRequests { get; }

    /// <summary>Stretches of 32 bytes that they touched.</summary>
    public long GlobalSectors { get; }

    /// <summary>Bytes of these that lanes asked for.</summary>
    public long GlobalBytes { get; }

    /// <summary>Share of the sectors' bytes that lanes asked for: 1 where every byte that moves is used.</summary>
    public double GlobalEfficiency => GlobalSectors == 0 ? 1 : GlobalBytes / (32.0 * GlobalSectors);

    /// <summary>Loads and stores of shared memory that warps made.</summary>
    public long SharedRequests { get; }

    /// <summary>Passes over shared memory beyond those that the bytes need.</summary>
    public long BankConflicts { get; }

    /// <summary>Lines of the PTX with bank conflicts, worst first.</summary>
    public IReadOnlyList<(int Line, string Text, long Conflicts)> ConflictLines =>
    [
        .. _operations.OfType<ICountsBanks>().Where(operation => operation.BankConflicts > 0).OrderByDescending(operation => operation.BankConflicts)
            .Select(operation => (((Operation)operation).Source.Line, ((Operation)operation).Source.Text, operation.BankConflicts)),
    ];

    internal static void Forget(Operation operation)
    {
        operation.Executions = 0;
        Operation innermost = Innermost(operation);
        innermost.Executions = 0;
        if (innermost is MemoryOperation memory)
        {
            (memory.Requests, memory.Sectors, memory.BytesMoved) = (0, 0, 0);
        }

        if (innermost is ICountsBanks banks)
        {
            banks.BankConflicts = 0;
        }
    }

    private static Operation Innermost(Operation operation) => operation switch
    {
        GuardedOperation guarded => Innermost(guarded.Inner),
        WatchedOperation watched => Innermost(watched.Inner),
        _ => operation,
    };

    private IEnumerable<MemoryOperation> Memory(bool isShared) =>
        _operations.OfType<MemoryOperation>().Where(operation => operation.Space == MemorySpace.Shared == isShared);
}
