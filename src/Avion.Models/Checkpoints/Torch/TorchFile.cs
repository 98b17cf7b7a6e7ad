using System.IO.Compression;

namespace Avion.Models;

/// <summary>A file of <c>torch.save</c> (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>), mapped: both the
/// zip form and the one before PyTorch 1.6.</summary>
/// <remarks>
/// The pickle inside is read by <see cref="PickleReader"/>, which builds plain values and never runs code. The tensors are those of
/// the first dictionary of weights that is found: the file's <c>state_dict</c>, <c>model</c> or <c>module</c>, or its root. Run options
/// (<c>args</c>) become metadata; what is no weight is passed over by name (<see cref="TensorArchive.Skipped"/>). Archives of TorchScript
/// and modules that were saved whole are understood as far as their parameters go.
/// </remarks>
public sealed class TorchFile : TensorArchive
{
    /// <summary>Real ones have less than a hundred bytes a tensor; the limit bounds memory for hostile ones.</summary>
    private const int MaximumPickleBytes = 64 << 20;

    // A compressed member is unpacked into memory. Weights hardly shrink, so what shrinks more than this is no weight.
    private const int MaximumRatio = 32, AlwaysUnpackedBytes = 64 << 20;

    private readonly MappedFile _file;
    private readonly Dictionary<TensorEntry, TorchTensor> _tensors = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private ZipDirectory? _zip;
    private (string Member, byte[] Bytes)? _unpacked;

    /// <summary>Opens a file and reads its pickle.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or asks for something that is refused.</exception>
    public TorchFile(string path)
        : base(path)
    {
        _file = new MappedFile(path);
        try
        {
            bool isZip = _file.Length >= 4 && _file.Slice(0, 4).SequenceEqual("PK\x03\x04"u8);
            object? root = isZip ? ReadZip() : ReadLegacy();
            AddMetadata(root);
            TorchStateDictionary.Collect(TorchStateDictionary.FindWeights(root, Skip), Include, Skip);
            if (Entries.Count == 0)
            {
                throw new FileFaultException($"it holds no dictionary of tensors{SkippedText}");
            }
        }
        catch (Exception exception)
        {
            _file.Dispose();
            if (exception is FileFaultException fault)
            {
                throw new CheckpointException(path, fault.Fault, inner: exception);
            }

            if (exception is ArgumentException or OverflowException or InvalidDataException)
            {
                throw new CheckpointException(path, exception.Message.TrimEnd('.'), inner: exception);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <inheritdoc />
    public override void ReadBytes(TensorEntry entry, long firstElement, Span<byte> destination)
    {
        CheckRange(entry, firstElement, destination.Length);
        TorchTensor tensor = _tensors[entry];
        int size = entry.Type.SizeInBytes();
        long start = tensor.FirstElement * size;
        if (tensor.IsContiguous)
        {
            Bytes(tensor.Storage, start + (firstElement * size), destination.Length).CopyTo(destination);
            return;
        }

        for (int done = 0; done < destination.Length; done += size, firstElement++)
        {
            long rest = firstElement, offset = 0;
            for (int d = tensor.Extents.Length - 1; d >= 0; d--)
            {
                (rest, long index) = Math.DivRem(rest, tensor.Extents[d]);
                offset += index * tensor.Strides[d];
            }

            Bytes(tensor.Storage, start + (offset * size), size).CopyTo(destination[done..]);
        }
    }

    /// <inheritdoc />
    public override void Dispose() => _file.Dispose();

    private object? ReadZip()
    {
        const string PickleName = "/data.pkl";
        ZipDirectory zip = _zip = new ZipDirectory(_file);
        string pickle = zip.Names.FirstOrDefault(name => name.EndsWith(PickleName, StringComparison.Ordinal)
            && name.Count(letter => letter == '/') == 1)
            ?? throw new FileFaultException("it is a zip file without 'data.pkl', so nothing that torch.save wrote");
        string root = pickle[..^PickleName.Length];
        if (zip.TryFind(root + "/byteorder", out ZipMember order) && order.Bytes == 3)
        {
            throw new FileFaultException("its numbers are big-endian, which is not supported");
        }

        if (zip.TryFind($"{root}/{TorchMetadata.Member}", out _))
        {
            using Stream texts = OpenPickle($"{root}/{TorchMetadata.Member}");
            TorchMetadata.ReadInto(_metadata, texts);
        }

        TorchWorld world = new();
        using PickleReader reader = new(new PickleStream(OpenPickle(pickle), Path), world);
        object? value = reader.Read();
        foreach (TorchStorage storage in world.Storages)
        {
            string name = $"{root}/data/{storage.Key}";
            if (!zip.TryFind(name, out ZipMember data))
            {
                continue;
            }

            if (data.Bytes < storage.ByteCount)
            {
                throw new FileFaultException($"storage '{storage.Key}' has {data.Bytes} bytes, expected {storage.ByteCount}");
            }

            if (data.IsStored)
            {
                storage.FileOffset = zip.DataOffset(name);
            }
            else
            {
                storage.CompressedMember = name;
            }
        }

        return value;
    }

    /// <summary>The pickle, or another member that is read whole.</summary>
    private Stream OpenPickle(string name)
    {
        ZipDirectory zip = _zip!;
        zip.TryFind(name, out ZipMember member);
        if (member.Bytes > MaximumPickleBytes)
        {
            throw new FileFaultException($"its member '{name}' has {member.Bytes} bytes; at most {MaximumPickleBytes} are read");
        }

        return member.IsStored ? _file.OpenRead(zip.DataOffset(name), member.Bytes) : new MemoryStream(Unpack(name));
    }

    /// <summary>The bytes of a compressed member, exactly as many as its directory claims.</summary>
    private byte[] Unpack(string name)
    {
        _zip!.TryFind(name, out ZipMember member);
        long offset = _zip.DataOffset(name);
        if (member.Bytes > AlwaysUnpackedBytes && member.Bytes / MaximumRatio > member.StoredBytes)
        {
            throw new FileFaultException($"its member '{name}' claims {member.Bytes} bytes in {member.StoredBytes}, which no weights do");
        }

        if (member.Bytes > Array.MaxLength)
        {
            throw new FileFaultException($"its member '{name}' has {member.Bytes} bytes and is compressed, which PyTorch never does; "
                + "unpack the file and store it without compression");
        }

        using DeflateStream content = new(_file.OpenRead(offset, member.StoredBytes), CompressionMode.Decompress);
        byte[] bytes = new byte[member.Bytes];
        return content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && content.ReadByte() < 0
            ? bytes
            : throw new FileFaultException($"its member '{name}' does not hold the {member.Bytes} bytes that its directory claims");
    }

    private ReadOnlySpan<byte> Bytes(TorchStorage storage, long offset, int count)
    {
        if (storage.CompressedMember is not { } name)
        {
            return _file.Slice(storage.FileOffset + offset, count);
        }

        if (_unpacked?.Member != name)
        {
            try
            {
                // One at a time: a file is read tensor by tensor.
                _unpacked = null;
                _unpacked = (name, Unpack(name));
            }
            catch (Exception exception) when (exception is FileFaultException or InvalidDataException)
            {
                throw new CheckpointException(Path, exception.Message.TrimEnd('.'), inner: exception);
            }
        }

        return _unpacked!.Value.Bytes.AsSpan((int)offset, count);
    }

    /// <summary>Three pickles of greetings, the root, the list of storages, then each storage: its count and its bytes.</summary>
    private object? ReadLegacy()
    {
        long position = 0;
        TorchWorld world = new();
        ReadPickle(world, ref position);
        if (ReadPickle(world, ref position) is not 1001L)
        {
            throw new FileFaultException("it is neither safetensors nor what torch.save writes");
        }

        ReadPickle(world, ref position);
        object? root = ReadPickle(world, ref position);
        if (ReadPickle(world, ref position) is not List<object?> keys)
        {
            throw new FileFaultException("its list of storages is missing");
        }

        foreach (object? key in keys)
        {
            TorchStorage storage = (key is string name ? world.Find(name) : null)
                ?? throw new FileFaultException("it lists a storage that no tensor uses");
            if (position > _file.Length - sizeof(long) || BitConverter.ToInt64(_file.Slice(position, sizeof(long))) != storage.Count
                || storage.ByteCount > _file.Length - position - sizeof(long))
            {
                throw new FileFaultException($"storage '{storage.Key}' is cut off or has another size than its tensors say");
            }

            storage.FileOffset = position + sizeof(long);
            position += sizeof(long) + storage.ByteCount;
        }

        return root;
    }

    private object? ReadPickle(TorchWorld world, ref long position)
    {
        Stream stream = _file.OpenRead(position, Math.Min(MaximumPickleBytes, _file.Length - position));
        using PickleReader reader = new(new PickleStream(stream, Path), world);
        object? value = reader.Read();
        position += reader.File.Position;
        return value;
    }

    private void Include(string name, TorchTensor tensor)
    {
        if (tensor.Type.Type is not { } type || tensor.RepeatsElements)
        {
            Skip(name, tensor.RepeatsElements ? "repeats elements of its storage" : $"elements of type {tensor.Type.Name}");
            return;
        }

        if (tensor.Storage is { FileOffset: < 0, CompressedMember: null })
        {
            throw new FileFaultException($"storage '{tensor.Storage.Key}' is not in the file");
        }

        TensorEntry entry = new(name, type, tensor.Extents);
        Add(entry);
        _tensors.Add(entry, tensor);
    }

    private void AddMetadata(object? root)
    {
        ReadingBudget budget = new() { MaximumItems = 100_000, MaximumBytes = 64 << 20 };
        foreach ((object? key, object? value) in (root as PickleDictionary)?.Pairs ?? [])
        {
            AddMetadata(budget, key as string, value);
            foreach ((object? option, object? setting) in ((value as PickleObject)?.State as PickleDictionary)?.Pairs ?? [])
            {
                AddMetadata(budget, option is string name ? $"{key}.{name}" : null, setting);
            }
        }
    }

    private void AddMetadata(ReadingBudget budget, string? name, object? value)
    {
        budget.TakeItems();
        if (name is not null && TorchStateDictionary.TryDescribe(value, out string text))
        {
            budget.TakeBytes(name.Length + text.Length);
            _metadata.TryAdd(name, text);
        }
    }
}
