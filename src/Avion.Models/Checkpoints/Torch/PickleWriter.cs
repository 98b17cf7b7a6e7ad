using System.Buffers;

namespace Avion.Models;

/// <summary>Writes pickles of protocol 2, as far as checkpoints need them: dictionaries of texts to numbers, texts and tensors.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public PickleWriter() => Raw([0x80, 2]);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void BeginDictionary() => Raw("}("u8);

    public void EndDictionary() => Raw("u"u8);

    public void End() => Raw("."u8);

    public void Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        Raw("X"u8);
        Int32Raw(utf8.Length);
        Raw(utf8);
    }

    public void Bool(bool value) => Raw([value ? (byte)0x88 : (byte)0x89]);

    public void Number(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            Raw("J"u8);
            Int32Raw((int)value);
            return;
        }

        Raw([0x8A, sizeof(long)]);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Raw(bytes);
    }

    public void Number(double value)
    {
        Raw("G"u8);
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        Raw(bytes);
    }

    /// <summary>A class or function by its name.</summary>
    public void Global(string module, string name) => Raw(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    /// <summary>An object of a class without arguments, whose attributes are the dictionary that <paramref name="state"/> writes.</summary>
    public void Object(string module, string name, Action state)
    {
        Global(module, name);
        Raw([(byte)')', 0x81]);
        state();
        Raw("b"u8);
    }

    /// <summary>A contiguous tensor that fills the storage of that key.</summary>
    public void Tensor(string storageType, string key, long count, ReadOnlySpan<long> extents)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Raw("(("u8);
        Text("storage");
        Global("torch", storageType);
        Text(key);
        Text("cpu");
        Number(count);
        Raw("tQ"u8);
        Number(0L);
        Raw("("u8);
        foreach (long extent in extents)
        {
            Number(extent);
        }

        Raw("t("u8);
        WriteStrides(extents);
        Raw("t"u8);
        Bool(false);

        // No hooks: an empty OrderedDict.
        Global("collections", "OrderedDict");
        Raw(")RtR"u8);
    }

    private void WriteStrides(ReadOnlySpan<long> extents)
    {
        for (int d = 0; d < extents.Length; d++)
        {
            long stride = 1;
            foreach (long inner in extents[(d + 1)..])
            {
                stride *= inner;
            }

            Number(stride);
        }
    }

    private void Int32Raw(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Raw(bytes);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}
