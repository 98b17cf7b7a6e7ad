using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <content>The cards of a machine.</content>
public sealed unsafe partial class CudaDriver
{
    /// <summary>The newest CUDA that the driver knows, such as 12.8.</summary>
    public Version Version
    {
        get
        {
            int number;
            Check(((delegate* unmanaged<int*, int>)Find("cuDriverGetVersion"))(&number), "cuDriverGetVersion");
            return new Version(number / 1000, number / 10 % 100);
        }
    }

    /// <summary>What is known of a card without opening it.</summary>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    public GpuCard Card(int ordinal)
    {
        int device = Device(ordinal);
        Version capability = new(
            Attribute(device, CudaDeviceAttribute.ComputeCapabilityMajor), Attribute(device, CudaDeviceAttribute.ComputeCapabilityMinor));
        return new GpuCard(ordinal, DeviceName(device), capability, MemoryBytes(device), BusId(device));
    }

    /// <summary>Whether kernels of a device can read and write the memory of another, without the host between them.</summary>
    public bool CanReach(int ordinal, int other)
    {
        int can;
        Check(((delegate* unmanaged<int*, int, int, int>)Find("cuDeviceCanAccessPeer"))(&can, Device(ordinal), Device(other)),
            "cuDeviceCanAccessPeer");
        return can != 0;
    }

    /// <summary>A device's place on the bus, by which other libraries know it.</summary>
    internal string BusId(int device)
    {
        const int Longest = 32;
        byte* text = stackalloc byte[Longest];
        Check(((delegate* unmanaged<byte*, int, int, int>)Find("cuDeviceGetPCIBusId"))(text, Longest, device), "cuDeviceGetPCIBusId");
        return Marshal.PtrToStringUTF8((nint)text) ?? "";
    }
}

/// <summary>A GPU of this machine.</summary>
/// <param name="Ordinal">Its number.</param>
/// <param name="Name">Its maker's name.</param>
/// <param name="ComputeCapability">What its multiprocessors can do.</param>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="BusId">Its place on the bus.</param>
public sealed record GpuCard(int Ordinal, string Name, Version ComputeCapability, long MemoryBytes, string BusId)
{
    /// <summary>The oldest that Avion computes on.</summary>
    public static Version OldestCapability { get; } = new(8, 0);

    /// <summary>Whether Avion computes on it.</summary>
    public bool IsUsable => ComputeCapability >= OldestCapability;
}
