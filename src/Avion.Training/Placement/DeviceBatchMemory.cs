namespace Avion.Training;

/// <summary>Memory of the host for a loader's batches, from which a device copies without the host waiting.</summary>
/// <param name="device">The device; every other one of the machine may copy from it too.</param>
internal sealed class DeviceBatchMemory(Device device) : IBatchMemory
{
    /// <summary>That of a device; null where the device addresses ordinary memory.</summary>
    public static DeviceBatchMemory? For(Device device) => device.AddressesHostMemory ? null : new DeviceBatchMemory(device);

    /// <inheritdoc />
    public nint Allocate(nuint byteCount) => device.AllocateHostMemory(checked((long)byteCount));

    /// <inheritdoc />
    public void Free(nint address) => device.FreeHostMemory(address);
}
