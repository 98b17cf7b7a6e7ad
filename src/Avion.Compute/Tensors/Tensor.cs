namespace Avion.Compute;

/// <summary>A dense row-major block of device memory with a shape; contiguous, without strides or views.</summary>
/// <remarks>
/// A handle, not an owner: step-scoped tensors belong to an <see cref="Arena"/>, parameters to a <see cref="ParameterStore"/>.
/// Host memory is a <see cref="Span{T}"/> and device memory a <see cref="Tensor"/>, so a copy between the two is always a visible
/// call (<see cref="Device.Upload(ReadOnlySpan{float}, Tensor)"/>, <see cref="Device.Download(Tensor, Span{float})"/>).
/// </remarks>
public readonly struct Tensor
{
    /// <summary>The slot of a tensor through which no gradient flows.</summary>
    internal const int NoSlot = -1;

    // One more than the slot, so that the default value is a constant.
    private readonly int _slotPlusOne;

    internal Tensor(nint data, Shape shape, ElementType type, int slot = NoSlot)
    {
        Data = data;
        Shape = shape;
        Type = type;
        _slotPlusOne = slot + 1;
    }

    /// <summary>Device address of the first element; 0 for an absent tensor.</summary>
    public nint Data { get; }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>Element type.</summary>
    public ElementType Type { get; }

    /// <summary>Place of this tensor's gradient in the tape's table, or <see cref="NoSlot"/>.</summary>
    internal int Slot => _slotPlusOne - 1;

    /// <summary>Whether a gradient flows back through this tensor.</summary>
    public bool IsDifferentiable => _slotPlusOne != 0;

    /// <summary>Whether this is the default value, standing for an optional tensor that is not there.</summary>
    public bool IsAbsent => Data == 0 && Shape.Rank == 0;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Size in bytes.</summary>
    public long ByteCount => Count * Type.SizeInBytes();

    /// <summary>Address of the first element for a kernel of the processor; null for an absent tensor.</summary>
    /// <exception cref="ArgumentException">The elements are of another type.</exception>
    internal unsafe T* Pointer<T>() where T : unmanaged => Type == Element.TypeOf<T>() || IsAbsent
        ? (T*)Data
        : throw new ArgumentException($"A kernel got {this}, expected {Element.TypeOf<T>()}.");

    /// <summary>Wraps memory that somebody else owns and keeps alive, such as a loader's batch.</summary>
    /// <param name="data">Device address.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="type">Element type.</param>
    public static Tensor Wrap(nint data, Shape shape, ElementType type) => new(data, shape, type);

    /// <summary>The same memory under another shape with as many elements; gradients keep flowing.</summary>
    public Tensor Reshape(Shape shape) => shape.Count == Count
        ? new Tensor(Data, shape, Type, Slot)
        : throw new ArgumentException($"Reshape: {Shape} has {Count} elements, {shape} has {shape.Count}.");

    /// <summary>Some of the elements, in their order in memory, as a constant vector on the same memory.</summary>
    public Tensor Part(long firstElement, long count) => firstElement >= 0 && count >= 0 && firstElement + count <= Count
        ? new Tensor(Data + (nint)(firstElement * Type.SizeInBytes()), Shape.Flat(count), Type)
        : throw new ArgumentOutOfRangeException(nameof(firstElement),
            $"Part: {count} elements from {firstElement} of {Shape}, which has {Count}.");

    /// <summary>The same memory as a constant, through which no gradient flows.</summary>
    public Tensor Detach() => new(Data, Shape, Type);

    /// <summary>For messages: type and shape.</summary>
    public override string ToString() => $"{Type} {Shape}";
}
