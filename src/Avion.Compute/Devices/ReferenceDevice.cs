namespace Avion.Compute;

/// <summary>Runs every kernel's plain double-precision reference: the specification in code, and the truth of gradient checks.</summary>
public sealed class ReferenceDevice : HostDevice
{
    /// <summary>Opens it.</summary>
    public ReferenceDevice()
        : base(DeviceDescription.Reference)
    {
    }

    /// <inheritdoc />
    public override string Name => "reference (double precision)";
}
