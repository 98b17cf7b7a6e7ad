using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Whole numbers with a copy on the host and one on the device: the same memory where the device addresses the host's.</summary>
/// <remarks>The host fills its copy before a step and sends it once; kernels read the device's.</remarks>
public sealed unsafe class MirroredTable : IDisposable
{
    private readonly Device _device;
    private readonly int* _host;
    private readonly Tensor _copy;

    /// <summary>Takes memory for so many numbers.</summary>
    public MirroredTable(Device device, int capacity)
    {
        (_device, Capacity) = (device, capacity);
        _host = (int*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, capacity) * sizeof(int), Compute.Device.Alignment);
        _copy = device.AddressesHostMemory
            ? Tensor.Wrap((nint)_host, new Shape(capacity), ElementType.Int32)
            : Tensor.Wrap(device.AllocateMemory(Math.Max(1, capacity) * (long)sizeof(int)), new Shape(capacity), ElementType.Int32);
    }

    /// <summary>How many numbers there is room for.</summary>
    public int Capacity { get; }

    /// <summary>The host's copy.</summary>
    public int* Host => _host;

    /// <summary>The host's copy.</summary>
    public Span<int> Span => new(_host, Capacity);

    /// <summary>Some numbers of the device's copy, int32.</summary>
    public Tensor Device(int first, int count) =>
        Tensor.Wrap(_copy.Data + ((nint)first * sizeof(int)), new Shape(count), ElementType.Int32);

    /// <summary>Sends some numbers to the device; not inside a step.</summary>
    public void Send(int first, int count)
    {
        if (!_device.AddressesHostMemory)
        {
            _device.Upload(new ReadOnlySpan<int>(_host + first, count), Device(first, count));
        }
    }

    /// <summary>Returns both memories.</summary>
    public void Dispose()
    {
        if (!_device.AddressesHostMemory)
        {
            _device.FreeMemory(_copy.Data, Math.Max(1, Capacity) * (long)sizeof(int));
        }

        NativeMemory.AlignedFree(_host);
    }
}
