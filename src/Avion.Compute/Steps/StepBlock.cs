using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The device memory of a training's <see cref="StepScalars"/>: what a step reads without asking the host.</summary>
/// <remarks>
/// Calls of kernels carry addresses alone, so that a step captured once as a graph runs with another learning rate, norm and step number
/// each time. The host writes before a step begins (<see cref="Begin"/>) and reads results late (<see cref="LateScalars"/>).
/// </remarks>
public sealed unsafe class StepBlock : IDisposable
{
    // What the host writes before each step, the first members of the structure.
    private const int HostBytes = 3 * sizeof(double);

    private readonly Device _device;

    /// <summary>Takes the memory: no update is done yet, and gradients are not scaled.</summary>
    public StepBlock(Device device)
    {
        _device = device;
        Memory = Tensor.Wrap(device.AllocateMemory(sizeof(StepScalars)), new Shape(sizeof(StepScalars)), ElementType.UInt8);
        Write(new StepScalars { GradientScale = 1, IsFinite = 1 });
    }

    /// <summary>All of it, uint8.</summary>
    public Tensor Memory { get; }

    /// <summary><see cref="StepScalars.SumOfSquares"/>, float64 [].</summary>
    public Tensor SumOfSquares => Scalar(nameof(StepScalars.SumOfSquares), ElementType.Float64);

    /// <summary><see cref="StepScalars.GradientNorm"/>, float64 [].</summary>
    public Tensor GradientNorm => Scalar(nameof(StepScalars.GradientNorm), ElementType.Float64);

    /// <summary><see cref="StepScalars.IsFinite"/>, int64 [].</summary>
    public Tensor IsFinite => Scalar(nameof(StepScalars.IsFinite), ElementType.Int64);

    /// <summary><see cref="StepScalars.SkippedCount"/>, int64 [].</summary>
    public Tensor SkippedCount => Scalar(nameof(StepScalars.SkippedCount), ElementType.Int64);

    /// <summary>Writes what a step needs of the host, before it begins.</summary>
    /// <param name="learningRate">This step's rate.</param>
    /// <param name="normBound">Bound of the gradients' norm; 0 for none.</param>
    /// <param name="weightDecayFactor">What every weight decay is multiplied by.</param>
    public void Begin(double learningRate, double normBound = 0, double weightDecayFactor = 1)
    {
        ReadOnlySpan<double> values = [learningRate, normBound, weightDecayFactor];
        _device.Upload(MemoryMarshal.AsBytes(values), Tensor.Wrap(Memory.Data, new Shape(HostBytes), ElementType.UInt8));
    }

    /// <summary>Writes everything, as a run that continues does.</summary>
    public void Write(in StepScalars scalars) =>
        _device.Upload(MemoryMarshal.AsBytes(new ReadOnlySpan<StepScalars>(in scalars)), Memory);

    /// <summary>Reads everything; waits for the device.</summary>
    public StepScalars Read()
    {
        StepScalars scalars = default;
        _device.Download(Memory, MemoryMarshal.AsBytes(new Span<StepScalars>(ref scalars)));
        return scalars;
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _device.FreeMemory(Memory.Data, Memory.ByteCount);

    /// <summary>The scalars where a device addresses host memory.</summary>
    internal static StepScalars* OnHost(Tensor memory) => (StepScalars*)memory.Data;

    private Tensor Scalar(string member, ElementType type) =>
        Tensor.Wrap(Memory.Data + (nint)Marshal.OffsetOf<StepScalars>(member), Shape.Scalar, type);
}
