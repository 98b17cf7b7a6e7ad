namespace Avion.CudaSimulator;

/// <summary>The kernels of a text of PTX.</summary>
public sealed class PtxModule
{
    private readonly Dictionary<string, PtxKernel> _kernels;

    internal PtxModule(string version, string target, IEnumerable<PtxKernel> kernels)
    {
        (Version, Target) = (version, target);
        _kernels = kernels.ToDictionary(kernel => kernel.Name);
    }

    /// <summary>Version of the language, such as 7.1.</summary>
    public string Version { get; }

    /// <summary>Architecture, such as sm_80.</summary>
    public string Target { get; }

    /// <summary>Names of the kernels.</summary>
    public IReadOnlyCollection<string> KernelNames => _kernels.Keys;

    /// <summary>Reads a text and checks every instruction of it.</summary>
    /// <exception cref="SimulationException">The text has an instruction or form that the simulator does not know.</exception>
    public static PtxModule Read(string text)
    {
        PtxModule module = new PtxReader(text).ReadModule();
        foreach (PtxKernel kernel in module._kernels.Values)
        {
            kernel.Program = KernelProgram.Build(kernel);
        }

        return module;
    }

    /// <summary>The program of a kernel.</summary>
    public KernelProgram Find(string name) => _kernels.TryGetValue(name, out PtxKernel? kernel) ? kernel.Program!
        : throw new SimulationException(FailureKind.InvalidLaunch,
            $"There is no kernel '{name}' in the module, which has {string.Join(", ", _kernels.Keys.Order())}.");
}

/// <summary>A variable of a kernel or module in shared or local memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Alignment">Alignment in bytes.</param>
/// <param name="Bytes">Size; 0 for what the launch gives (dynamic shared memory).</param>
internal sealed record PtxVariable(string Name, int Alignment, int Bytes);

/// <summary>A parameter of a kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Offset">Place in the buffer of parameters.</param>
internal sealed record PtxParameter(string Name, int Bytes, int Offset);

/// <summary>A kernel as it stands in the text.</summary>
internal sealed class PtxKernel
{
    public required string Name { get; init; }

    public List<PtxParameter> Parameters { get; } = [];

    public Dictionary<string, PtxType> Registers { get; } = [];

    public List<PtxVariable> SharedVariables { get; } = [];

    public List<PtxVariable> LocalVariables { get; } = [];

    public List<PtxInstruction> Instructions { get; } = [];

    /// <summary>Number of the instruction that a label stands before.</summary>
    public Dictionary<string, int> Labels { get; } = [];

    /// <summary>Most threads of a block that the kernel was compiled for; 0 for no limit.</summary>
    public int MaximumThreads { get; set; }

    public KernelProgram? Program { get; set; }

    /// <summary>Size of the buffer of parameters.</summary>
    public int ParameterBytes => Parameters.Count == 0 ? 0 : Parameters[^1].Offset + Parameters[^1].Bytes;
}
