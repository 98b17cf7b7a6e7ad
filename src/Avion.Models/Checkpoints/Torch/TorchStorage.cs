namespace Avion.Models;

/// <summary>A block of numbers that tensors of a PyTorch file share: where it lies in the file is
/// known once the file is read through.</summary>
internal sealed class TorchStorage
{
    public TorchStorage(string key, ElementType type, long count) => (Key, Type, Count) = (key, type, count);

    public string Key { get; }

    public ElementType Type { get; }

    public long Count { get; }

    /// <summary>First byte in the file; -1 until it is found.</summary>
    public long FileOffset { get; set; } = -1;

    public long ByteCount => checked(Count * Type.SizeInBytes());
}

/// <summary>A view of a storage: first element, extents and strides.</summary>
internal sealed class TorchTensor
{
    private const int MaximumRank = 16;

    public TorchTensor(TorchStorage storage, long firstElement, long[] extents, long[] strides)
    {
        (Storage, FirstElement, Extents, Strides) = (storage, firstElement, extents, strides);
        bool isFalse = firstElement < 0 || extents.Length != strides.Length || extents.Length > MaximumRank;
        bool isEmpty = Array.IndexOf(extents, 0) >= 0;
        Int128 count = 1, last = firstElement;
        for (int d = 0; d < extents.Length && !isFalse; d++)
        {
            isFalse = extents[d] < 0 || strides[d] < 0 || (!isEmpty && count * extents[d] > storage.Count);
            count *= isEmpty ? 1 : extents[d];
            last += (Int128)(extents[d] - 1) * strides[d];
        }

        if (isFalse || (!isEmpty && last >= storage.Count))
        {
            throw new PickleException($"a tensor reaches beyond its storage of {storage.Count} elements, or repeats elements of it");
        }
    }

    public TorchStorage Storage { get; }

    public long FirstElement { get; }

    public long[] Extents { get; }

    public long[] Strides { get; }

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
