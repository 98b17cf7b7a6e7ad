namespace Avion.Models;

/// <summary>A file of <c>torch.save</c> (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>), mapped: both the
/// zip form and the one before PyTorch 1.6.</summary>
/// <remarks>
/// The pickle inside is read by <see cref="PickleReader"/>, which builds plain values and never runs code. The tensors are those of
/// the first dictionary of weights that is found: the file's root, or its <c>state_dict</c>, <c>model</c> or <c>module</c>. Run options
/// (<c>args</c>) become metadata. Archives of TorchScript are understood as far as their parameters go.
/// </remarks>
public sealed class TorchFile : TensorArchive
{
    /// <summary>Real ones have less than a hundred bytes a tensor; the limit bounds memory for hostile ones.</summary>
    private const int MaximumPickleBytes = 64 << 20;

    private static readonly string[] s_rootNames = ["state_dict", "model", "module", "model_state_dict", "model_state", "net"];

    private readonly MappedFile _file;
    private readonly Dictionary<TensorEntry, TorchTensor> _tensors = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

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
            object? weights = FindWeights(root);
            TorchStateDictionary.Collect(weights, Include);
            if (Entries.Count == 0)
            {
                throw new PickleException("it holds no dictionary of tensors");
            }
        }
        catch (Exception exception)
        {
            _file.Dispose();
            if (exception is PickleException or ArgumentException or OverflowException)
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
        long start = tensor.Storage.FileOffset + (tensor.FirstElement * size);
        if (tensor.IsContiguous)
        {
            _file.Slice(start + (firstElement * size), destination.Length).CopyTo(destination);
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

            _file.Slice(start + (offset * size), size).CopyTo(destination[done..]);
        }
    }

    /// <inheritdoc />
    public override void Dispose() => _file.Dispose();

    private object? ReadZip()
    {
        const string PickleName = "/data.pkl";
        ZipDirectory zip = new(_file);
        string pickle = zip.Names.FirstOrDefault(name => name.EndsWith(PickleName, StringComparison.Ordinal)
            && name.Count(letter => letter == '/') == 1)
            ?? throw new PickleException("it is a zip file without 'data.pkl', so nothing that torch.save wrote");
        string root = pickle[..^PickleName.Length];
        if (zip.TryFind(root + "/byteorder", out ZipMember order) && order.Bytes == 3)
        {
            throw new PickleException("its numbers are big-endian, which is not supported");
        }

        zip.TryFind(pickle, out ZipMember member);
        TorchWorld world = new();
        object? value = PickleReader.Read(PickleBytes(zip.DataOffset(pickle), member.Bytes), world, out _);
        foreach (TorchStorage storage in world.Storages)
        {
            string name = $"{root}/data/{storage.Key}";
            storage.FileOffset = zip.DataOffset(name);
            zip.TryFind(name, out ZipMember data);
            if (data.Bytes < storage.ByteCount)
            {
                throw new PickleException($"storage '{storage.Key}' has {data.Bytes} bytes, expected {storage.ByteCount}");
            }
        }

        return value;
    }

    /// <summary>Three pickles of greetings, the root, the list of storages, then each storage: its count and its bytes.</summary>
    private object? ReadLegacy()
    {
        long position = 0;
        TorchWorld world = new();
        ReadPickle(new TorchWorld(), ref position);
        if (ReadPickle(new TorchWorld(), ref position) is not 1001L)
        {
            throw new PickleException("it is neither safetensors nor what torch.save writes");
        }

        ReadPickle(new TorchWorld(), ref position);
        object? root = ReadPickle(world, ref position);
        if (ReadPickle(new TorchWorld(), ref position) is not PickleList keys)
        {
            throw new PickleException("its list of storages is missing");
        }

        foreach (object? key in keys.Items)
        {
            TorchStorage storage = (key is string name ? world.Find(name) : null)
                ?? throw new PickleException("it lists a storage that no tensor uses");
            if (position > _file.Length - sizeof(long) || BitConverter.ToInt64(_file.Slice(position, sizeof(long))) != storage.Count
                || storage.ByteCount > _file.Length - position - sizeof(long))
            {
                throw new PickleException($"storage '{storage.Key}' is cut off or has another size than its tensors say");
            }

            storage.FileOffset = position + sizeof(long);
            position += sizeof(long) + storage.ByteCount;
        }

        return root;
    }

    private object? ReadPickle(TorchWorld world, ref long position)
    {
        object? value = PickleReader.Read(PickleBytes(position, Math.Min(MaximumPickleBytes, _file.Length - position)), world,
            out int length);
        position += length;
        return value;
    }

    private ReadOnlySpan<byte> PickleBytes(long offset, long length) => length <= MaximumPickleBytes
        ? _file.Slice(offset, (int)length)
        : throw new PickleException($"its pickle has {length} bytes; at most {MaximumPickleBytes} are read");

    private void Include(string name, TorchTensor tensor)
    {
        if (tensor.Storage.FileOffset < 0)
        {
            throw new PickleException($"storage '{tensor.Storage.Key}' is not in the file");
        }

        TensorEntry entry = new(name, tensor.Storage.Type, tensor.Extents);
        Add(entry);
        _tensors.Add(entry, tensor);
    }

    private static object? FindWeights(object? root)
    {
        if (root is PickleDictionary dictionary && !dictionary.Pairs.Any(pair => pair.Value is TorchTensor))
        {
            foreach (string name in s_rootNames)
            {
                if (dictionary.Find(name) is PickleDictionary or PickleObject)
                {
                    return dictionary.Find(name);
                }
            }
        }

        return root;
    }

    private void AddMetadata(object? root)
    {
        if (root is not PickleDictionary dictionary)
        {
            return;
        }

        foreach ((object? key, object? value) in dictionary.Pairs)
        {
            if (key is string name && TorchStateDictionary.TryDescribe(value, out string text))
            {
                _metadata[name] = text;
            }
            else if (value is PickleObject { State: PickleDictionary options })
            {
                foreach ((object? option, object? setting) in options.Pairs)
                {
                    if (option is string optionName && TorchStateDictionary.TryDescribe(setting, out string settingText))
                    {
                        _metadata[$"{key}.{optionName}"] = settingText;
                    }
                }
            }
        }
    }
}
