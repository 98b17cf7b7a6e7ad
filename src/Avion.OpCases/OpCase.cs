namespace Avion.OpCases;

/// <summary>One operation with everything that a test, a gradient check and a benchmark of it need.</summary>
/// <remarks>
/// To add one: derive from this class in <c>Cases/</c>, list it in <see cref="OpCaseList"/>, and run <c>opcheck test --op NAME</c>.
/// A case says how inputs are made and how the operation is called through a tape; all checks follow from that. The formula, the
/// number of operations and the bytes moved stand in the kernel's contract alone and reach the benchmark through the device.
/// </remarks>
public abstract class OpCase
{
    /// <summary>The kernel's folder, with what varies behind a slash: <c>Gelu/Quick</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Small sizes for checks: 1, a vector's width more or less one, primes, and empty where that is legal.</summary>
    public abstract IReadOnlyList<OpSize> Sizes { get; }

    /// <summary>The sizes that models run, for benchmarks.</summary>
    public virtual IReadOnlyList<OpSize> ModelSizes => [];

    /// <summary>How far float32 results may lie from the double-precision reference.</summary>
    public virtual OpTolerance Tolerance => OpTolerance.Float32;

    /// <summary>Whether the operation has a backward; false for optimizer steps and the like.</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>Whether its numbers are activations, which a device may keep as bfloat16; false for optimizers and norms.</summary>
    public virtual bool IsOfActivations => true;

    /// <summary>The types that the operation has kernels for, on every device.</summary>
    public IReadOnlyList<ElementType> Types => IsOfActivations ? [ElementType.Float32, ElementType.BFloat16] : [ElementType.Float32];

    /// <summary>How far results of a type may lie from the reference.</summary>
    public OpTolerance ToleranceIn(ElementType type) => type == ElementType.BFloat16 ? OpTolerance.BFloat16 : Tolerance;

    /// <summary>Step of the central differences, for inputs of magnitude about 1.</summary>
    public virtual double GradientStep => 1e-5;

    /// <summary>How many places of each input and parameter are differentiated.</summary>
    public virtual int GradientSites => 12;

    /// <summary>Declares inputs and parameters of one size, and returns how the operation is called on them.</summary>
    public abstract OpForward Build(OpInputs inputs, OpSize size);
}

/// <summary>Calls the operation: reads inputs through the run, and hands its outputs to it. Allocates nothing.</summary>
public delegate void OpForward(OpRun run);

/// <summary>Tolerances, relative and absolute.</summary>
/// <param name="NormalizedMeanSquareError">Largest Σ (a - b)² / Σ b² of a tensor.</param>
/// <param name="MaximumError">Largest |a - b| / max(1, max |b|).</param>
public readonly record struct OpTolerance(double NormalizedMeanSquareError, double MaximumError)
{
    /// <summary>For float32 results whose inputs are exact: about twenty roundings.</summary>
    public static OpTolerance Float32 => new(1e-11, 1e-5);

    /// <summary>
    /// For results of bfloat16 from inputs of bfloat16: three roundings, one of a forward's result and two where a gradient is written and
    /// added to. Each is at most 2^-8 of a number, for it keeps 8 bits, and so at most (2^-8)² in the mean of squares.
    /// </summary>
    public static OpTolerance BFloat16 => new(3.0 / (1 << 16), 3.0 / (1 << 8));
}
