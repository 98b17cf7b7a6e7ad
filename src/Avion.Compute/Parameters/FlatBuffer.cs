namespace Avion.Compute;

/// <summary>Device memory for all tensors of a <see cref="FlatLayout"/>, of one type and for one purpose; zero at first.</summary>
/// <remarks>The gaps between slices are zero and stay zero.</remarks>
public sealed class FlatBuffer : IDisposable
{
    private readonly Device _device;

    /// <summary>Takes the memory.</summary>
    /// <param name="device">Where it lies.</param>
    /// <param name="layout">What lies in it.</param>
    /// <param name="type">Element type.</param>
    public FlatBuffer(Device device, FlatLayout layout, ElementType type)
    {
        (_device, Layout) = (device, layout);
        nint memory = device.AllocateMemory(Math.Max(1, layout.Count) * type.SizeInBytes());
        Values = new Tensor(memory, Shape.Flat(layout.Count), type);
        device.Clear(Values);
    }

    /// <summary>What lies where.</summary>
    public FlatLayout Layout { get; }

    /// <summary>All elements, [<see cref="FlatLayout.Count"/>].</summary>
    public Tensor Values { get; }

    /// <summary>The tensor of a slice.</summary>
    public Tensor this[FlatSlice slice] => Values.Part(slice.Offset, slice.Shape.Count).Reshape(slice.Shape);

    /// <summary>Returns the memory to the device.</summary>
    public void Dispose() => _device.FreeMemory(Values.Data, Math.Max(1, Values.Count) * Values.Type.SizeInBytes());
}
