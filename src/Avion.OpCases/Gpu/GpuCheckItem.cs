namespace Avion.OpCases;

/// <summary>One piece of a check: what fails in it spoils nothing of the others, apart from a device that is lost.</summary>
/// <param name="Part">What it belongs to.</param>
/// <param name="Name">What it looks at, for messages.</param>
/// <param name="Look">Looks; what is thrown is a failure of the item.</param>
public sealed record GpuCheckItem(GpuCheckPart Part, string Name, Func<GpuCheckDevices, IEnumerable<GpuFinding>> Look);

/// <summary>A GPU in both element types, opened when first asked for.</summary>
/// <param name="open">Opens the GPU for activations of a type.</param>
public sealed class GpuCheckDevices(Func<ElementType, CudaDevice> open) : IDisposable
{
    private readonly Dictionary<ElementType, CudaDevice> _devices = [];

    /// <summary>The GPU with activations of a type.</summary>
    public CudaDevice Of(ElementType type) => _devices.TryGetValue(type, out CudaDevice? device) ? device : _devices[type] = open(type);

    /// <summary>Memory of the GPU that nobody has.</summary>
    public long FreeBytes => Of(ElementType.BFloat16).Driver.MemoryInformation().Free;

    /// <summary>Whether the GPU still answers: a kernel that fails takes with it all that comes later in its process.</summary>
    public bool Answer()
    {
        try
        {
            foreach (CudaDevice device in _devices.Values)
            {
                device.Synchronize();
            }

            return true;
        }
        catch (CudaException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (CudaDevice device in _devices.Values)
        {
            device.Dispose();
        }
    }
}
