namespace Avion.CudaSimulator;

/// <summary>A kernel made ready to run, with what can be told of it without running.</summary>
public sealed unsafe class KernelProgram
{
    /// <summary>Where shared and local memory lie among generic addresses.</summary>
    internal const ulong SharedWindow = 0x7F00_0000_0000, LocalWindow = 0x7E00_0000_0000, WindowBytes = 1 << 24;

    private static readonly string[] s_special =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z",
        "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid", "%warpid",
    ];

    private readonly Dictionary<string, long> _addresses = [];
    private RegisterMap _map = null!;

    private KernelProgram(PtxKernel kernel) => Kernel = kernel;

    /// <summary>Name of the kernel.</summary>
    public string Name => Kernel.Name;

    /// <summary>Sizes of the parameters, in order.</summary>
    public IReadOnlyList<int> ParameterSizes => [.. Kernel.Parameters.Select(parameter => parameter.Bytes)];

    /// <summary>Most threads of a block; 0 for no limit of its own.</summary>
    public int MaximumThreads => Kernel.MaximumThreads;

    /// <summary>Shared memory of the kernel's own variables.</summary>
    public int StaticSharedBytes { get; private set; }

    /// <summary>Local memory of a thread: arrays that did not fit registers.</summary>
    public int LocalBytes { get; private set; }

    /// <summary>Most 32-bit registers that live at once in the PTX: an estimate of what the driver's compiler needs.</summary>
    public int EstimatedRegisters { get; private set; }

    /// <summary>Number of instructions.</summary>
    public int InstructionCount => Operations.Length;

    internal PtxKernel Kernel { get; }

    internal Operation[] Operations { get; private set; } = [];

    internal int RegisterBytes => _map.Bytes;

    internal int PredicateCount => _map.Predicates.Count;

    internal int WatchedCount { get; private set; }

    /// <summary>Smallest access to shared memory.</summary>
    internal int SharedGranule { get; private set; } = 16;

    internal static KernelProgram Build(PtxKernel kernel)
    {
        KernelProgram program = new(kernel);
        program.PlaceVariables();
        List<DecodedInstruction> apart = program.Decode(RegisterMap.Apart(kernel), null);
        Liveness liveness = new(kernel, apart);
        HashSet<string> watched = liveness.MaybeUnwritten();
        program.EstimatedRegisters = liveness.LargestPressure();
        program._map = liveness.Pack(watched);
        program.WatchedCount = watched.Count;
        program.Operations = [.. program.Decode(program._map, watched).Select(instruction => instruction.Operation)];
        if (apart.Count == 0 || !apart[^1].Ends)
        {
            throw new SimulationException(FailureKind.InvalidPtx, $"Kernel {kernel.Name} runs past its last instruction.") { Kernel = kernel.Name };
        }

        return program;
    }

    internal static bool IsSpecial(string name) => s_special.Contains(name);

    /// <summary>Address of a variable in its own space, or null.</summary>
    internal long? AddressOf(string name) => _addresses.TryGetValue(name, out long address) ? address : null;

    /// <summary>The parameter of that name, or null.</summary>
    internal PtxParameter? Parameter(string name) => Kernel.Parameters.Find(parameter => parameter.Name == name);

    /// <summary>Notes an access to shared memory.</summary>
    internal void UsesShared(int bytes) => SharedGranule = Math.Min(SharedGranule, bytes);

    internal void FillConstants(byte* registers)
    {
        foreach (((ulong bits, bool isWide), int place) in _map.Constants)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                if (isWide)
                {
                    ((ulong*)(registers + place))[lane] = bits;
                }
                else
                {
                    ((uint*)(registers + place))[lane] = (uint)bits;
                }
            }
        }
    }

    internal void FillSpecial(Warp warp)
    {
        Block block = warp.Block;
        Extent threads = block.Shape.Block, grid = block.Shape.Grid;
        foreach ((string name, int place) in _map.Special)
        {
            int* lanes = (int*)(warp.Registers + place);
            for (int lane = 0; lane < 32; lane++)
            {
                int thread = (32 * warp.Index) + lane;
                lanes[lane] = name switch
                {
                    "%tid.x" => thread % threads.X, "%tid.y" => thread / threads.X % threads.Y, "%tid.z" => thread / threads.X / threads.Y,
                    "%ntid.x" => threads.X, "%ntid.y" => threads.Y, "%ntid.z" => threads.Z,
                    "%ctaid.x" => block.X, "%ctaid.y" => block.Y, "%ctaid.z" => block.Z,
                    "%nctaid.x" => grid.X, "%nctaid.y" => grid.Y, "%nctaid.z" => grid.Z,
                    "%laneid" => lane,
                    _ => warp.Index,
                };
            }
        }
    }

    private List<DecodedInstruction> Decode(RegisterMap map, HashSet<string>? watched)
    {
        Decoder decoder = new(Kernel, map, this);
        Dictionary<string, int> numbers = (watched ?? []).Select((name, number) => (name, number)).ToDictionary(pair => pair.name, pair => pair.number);
        return [.. Kernel.Instructions.Select(instruction => decoder.Decode(instruction, watched, numbers))];
    }

    private void PlaceVariables()
    {
        // Those of the module that the kernel names, sized ones first: what the launch gives begins behind them.
        HashSet<string> named = [.. Kernel.Instructions.SelectMany(instruction => instruction.Operands).Select(operand => operand.Text)];
        StaticSharedBytes = Place(Kernel.SharedVariables.Where(variable => named.Contains(variable.Name)).OrderBy(variable => variable.Bytes == 0));
        LocalBytes = Place(Kernel.LocalVariables);
    }

    private int Place(IEnumerable<PtxVariable> variables)
    {
        int offset = 0;
        foreach (PtxVariable variable in variables)
        {
            offset = (offset + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
            _addresses.Add(variable.Name, offset);
            offset += variable.Bytes;
        }

        return offset;
    }
}
