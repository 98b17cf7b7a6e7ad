namespace Avion.Compute;

/// <summary>Runs every kernel's plain double-precision reference: the specification in code, and the truth of gradient checks.</summary>
public sealed class ReferenceDevice : HostDevice
{
    /// <inheritdoc />
    public override string Name => "reference (double precision)";

    /// <inheritdoc />
    public override ElementType FloatType => ElementType.Float64;
}
