namespace Avion.Models;

/// <summary>An element type of PyTorch: how large an element is, and what Avion reads it as.</summary>
/// <param name="Name">PyTorch's name.</param>
/// <param name="Bytes">Size of an element.</param>
/// <param name="Type">What it is read as; null for what no weight has.</param>
internal sealed record TorchType(string Name, int Bytes, ElementType? Type = null)
{
    private static readonly TorchType s_bytes = new("untyped bytes", 1);

    private static readonly Dictionary<string, TorchType> s_byName = new(StringComparer.Ordinal)
    {
        ["float32"] = new("float32", 4, ElementType.Float32), ["float64"] = new("float64", 8, ElementType.Float64),
        ["float16"] = new("float16", 2, ElementType.Float16), ["bfloat16"] = new("bfloat16", 2, ElementType.BFloat16),
        ["int64"] = new("int64", 8, ElementType.Int64), ["int32"] = new("int32", 4, ElementType.Int32),
        ["uint8"] = new("uint8", 1, ElementType.UInt8), ["bool"] = new("bool", 1, ElementType.UInt8),
        ["int8"] = new("int8", 1), ["int16"] = new("int16", 2), ["uint16"] = new("uint16", 2), ["uint32"] = new("uint32", 4),
        ["uint64"] = new("uint64", 8), ["complex32"] = new("complex32", 4), ["complex64"] = new("complex64", 8),
        ["complex128"] = new("complex128", 16), ["qint8"] = new("qint8", 1), ["quint8"] = new("quint8", 1), ["qint32"] = new("qint32", 4),
        ["quint4x2"] = new("quint4x2", 1), ["quint2x4"] = new("quint2x4", 1), ["float8_e4m3fn"] = new("float8_e4m3fn", 1),
        ["float8_e5m2"] = new("float8_e5m2", 1), ["float8_e4m3fnuz"] = new("float8_e4m3fnuz", 1),
        ["float8_e5m2fnuz"] = new("float8_e5m2fnuz", 1), ["float8_e8m0fnu"] = new("float8_e8m0fnu", 1),
    };

    private static readonly Dictionary<string, string> s_storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = "float32", ["DoubleStorage"] = "float64", ["HalfStorage"] = "float16", ["BFloat16Storage"] = "bfloat16",
        ["LongStorage"] = "int64", ["IntStorage"] = "int32", ["ByteStorage"] = "uint8", ["BoolStorage"] = "bool", ["CharStorage"] = "int8",
        ["ShortStorage"] = "int16", ["ComplexFloatStorage"] = "complex64", ["ComplexDoubleStorage"] = "complex128",
        ["QInt8Storage"] = "qint8", ["QUInt8Storage"] = "quint8", ["QInt32Storage"] = "qint32", ["QUInt4x2Storage"] = "quint4x2",
        ["QUInt2x4Storage"] = "quint2x4",
    };

    /// <summary>The type that <c>torch.NAME</c> is; null for another.</summary>
    public static TorchType? Named(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The type of a storage's class; null for another.</summary>
    public static TorchType? OfStorage(string name) => name == "UntypedStorage" ? s_bytes
        : s_storages.TryGetValue(name, out string? type) ? s_byName[type]
        : null;
}

/// <summary>A block of numbers that tensors of a PyTorch file share: where it lies in the file is
/// known once the file is read through.</summary>
internal sealed class TorchStorage(string key, TorchType type, long count)
{
    public string Key { get; } = key;

    public TorchType Type { get; } = type;

    public long Count { get; } = count;

    /// <summary>First byte in the file; -1 until it is found, and for storages that are compressed.</summary>
    public long FileOffset { get; set; } = -1;

    /// <summary>The zip member that holds the bytes compressed; null where they lie in the file as they are.</summary>
    public string? CompressedMember { get; set; }

    public long ByteCount => checked(Count * Type.Bytes);
}

/// <summary>A view of a storage: first element, extents and strides.</summary>
internal sealed class TorchTensor
{
    private const int MaximumRank = 16;

    /// <exception cref="FileFaultException">The view reaches beyond its storage.</exception>
    public TorchTensor(TorchStorage storage, TorchType type, long firstElement, long[] extents, long[] strides)
    {
        (Storage, Type, FirstElement, Extents, Strides) = (storage, type, firstElement, extents, strides);
        bool isFalse = firstElement < 0 || extents.Length != strides.Length || extents.Length > MaximumRank;
        bool isEmpty = Array.IndexOf(extents, 0) >= 0;
        long available = storage.ByteCount / type.Bytes;
        Int128 count = 1, last = firstElement;
        for (int d = 0; d < extents.Length && !isFalse; d++)
        {
            isFalse = extents[d] < 0 || strides[d] < 0;
            count = isEmpty ? 0 : Int128.Min(count * extents[d], long.MaxValue);
            last += (Int128)(extents[d] - 1) * strides[d];
        }

        if (isFalse || (!isEmpty && last >= available))
        {
            throw new FileFaultException($"a tensor reaches beyond its storage of {available} elements");
        }

        RepeatsElements = count > available;
    }

    public TorchStorage Storage { get; }

    public TorchType Type { get; }

    public long FirstElement { get; }

    public long[] Extents { get; }

    public long[] Strides { get; }

    /// <summary>Whether it has more elements than its storage, as expanded buffers have: no weight, and of any size.</summary>
    public bool RepeatsElements { get; }

    /// <summary>Whether the elements lie one after the other.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int d = Extents.Length - 1; d >= 0; d--)
            {
                if (Extents[d] != 1 && Strides[d] != expected)
                {
                    return false;
                }

                expected *= Extents[d];
            }

            return true;
        }
    }
}
