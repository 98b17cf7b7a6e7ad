using System.Buffers;

namespace Avion.Models;

/// <summary>Moves tensors between a device and a file in parts, so that large ones need no memory of their size in between.</summary>
public static class TensorTransfer
{
    private const int PartElements = 1 << 18;

    /// <summary>Writes a tensor as the entry's type.</summary>
    /// <param name="writer">Where to, its turn being the entry's.</param>
    /// <param name="entry">The tensor's entry in the file.</param>
    /// <param name="device">Where the tensor lives.</param>
    /// <param name="source">As many elements as the entry has.</param>
    public static void Write(SafetensorsWriter writer, TensorEntry entry, Device device, Tensor source)
    {
        int size = entry.Type.SizeInBytes();
        float[] values = ArrayPool<float>.Shared.Rent(PartElements);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(PartElements * size);
        for (long first = 0; first < source.Count; first += PartElements)
        {
            int count = (int)Math.Min(PartElements, source.Count - first);
            device.Download(source.Part(first, count), values.AsSpan(0, count));
            ElementConversion.FromFloat32(entry.Type, values.AsSpan(0, count), bytes.AsSpan(0, count * size));
            writer.Write(entry, bytes.AsSpan(0, count * size));
        }

        ArrayPool<float>.Shared.Return(values);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Reads an entry of any type into a tensor.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="entry">Which of its tensors.</param>
    /// <param name="device">Where the tensor lives.</param>
    /// <param name="target">As many elements as the entry has.</param>
    public static void Read(TensorArchive archive, TensorEntry entry, Device device, Tensor target)
    {
        float[] values = ArrayPool<float>.Shared.Rent(PartElements);
        for (long first = 0; first < entry.ElementCount; first += PartElements)
        {
            Span<float> part = values.AsSpan(0, (int)Math.Min(PartElements, entry.ElementCount - first));
            archive.Read(entry, first, part);
            device.Upload(part, target.Part(first, part.Length));
        }

        ArrayPool<float>.Shared.Return(values);
    }
}
