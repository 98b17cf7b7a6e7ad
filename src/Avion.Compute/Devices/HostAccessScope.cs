namespace Avion.Compute;

/// <summary>Lets the host read and write device memory again when disposed; see <see cref="Device.ForbidHostAccess"/>.</summary>
public readonly ref struct HostAccessScope
{
    private readonly Device _device;

    internal HostAccessScope(Device device) => _device = device;

    /// <summary>Ends the scope.</summary>
    public void Dispose() => _device.AllowHostAccess();
}
