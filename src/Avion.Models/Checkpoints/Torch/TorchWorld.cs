namespace Avion.Models;

/// <summary>The closed list of names that PyTorch checkpoints may use, and what they stand for.</summary>
internal sealed class TorchWorld : IPickleWorld
{
    private static readonly Dictionary<string, ElementType> s_storageTypes = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = ElementType.Float32, ["DoubleStorage"] = ElementType.Float64,
        ["HalfStorage"] = ElementType.Float16, ["BFloat16Storage"] = ElementType.BFloat16,
        ["LongStorage"] = ElementType.Int64, ["IntStorage"] = ElementType.Int32,
        ["ByteStorage"] = ElementType.UInt8, ["BoolStorage"] = ElementType.UInt8,
    };

    // Kept as data, whatever their arguments: run options, scalars of NumPy, places of a file. No code of theirs exists here.
    private static readonly HashSet<string> s_data = new(StringComparer.Ordinal)
    {
        "argparse.Namespace", "torch.device", "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.ndarray", "pathlib.PosixPath",
        "pathlib.PurePosixPath", "datetime.timedelta", "_codecs.encode",
    };

    private static readonly HashSet<string> s_names = new(StringComparer.Ordinal)
    {
        "builtins.object", "__builtin__.object", "builtins.list", "__builtin__.list", "builtins.dict", "__builtin__.dict", "builtins.int",
        "__builtin__.int", "builtins.float", "__builtin__.float", "copyreg._reconstructor", "copy_reg._reconstructor",
        "builtins.set", "__builtin__.set", "collections.OrderedDict", "collections.defaultdict", "torch.Size",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
        "torch._tensor._rebuild_from_type_v2", "torch.nn.parameter.Parameter", "torch.Tensor",
        "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.restore_type_tag",
    };

    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>All storages that tensors of the pickle use.</summary>
    public IEnumerable<TorchStorage> Storages => _storages.Values;

    public bool Allows(PickleGlobal global) => s_names.Contains(global.ToString()) || IsData(global) || IsElementType(global)
        || (global.Module == "torch" && s_storageTypes.ContainsKey(global.Name));

    public object? Call(PickleGlobal global, object?[] arguments) => global.ToString() switch
    {
        "collections.OrderedDict" or "builtins.dict" or "__builtin__.dict" => DictionaryFrom(arguments),
        "collections.defaultdict" => new PickleDictionary(),
        "builtins.set" or "__builtin__.set" => SetFrom(arguments),
        "torch.Size" => arguments is [PickleTuple size] ? size : throw Wrong(global),
        "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" => RebuildTensor(global, arguments),
        "torch._utils._rebuild_parameter" => arguments is [TorchTensor tensor, ..] ? tensor : throw Wrong(global),
        "torch._tensor._rebuild_from_type_v2" =>
            arguments is [PickleGlobal inner, _, PickleTuple items, ..] ? Call(inner, items.Items) : throw Wrong(global),
        "copyreg._reconstructor" or "copy_reg._reconstructor" =>
            arguments is [PickleGlobal type, ..] && IsData(type) ? new PickleObject(type, []) : throw Wrong(global),
        { } name when name.StartsWith("torch.jit._pickle.", StringComparison.Ordinal) =>
            arguments is [var list, ..] ? list : throw Wrong(global),
        _ when IsData(global) => new PickleObject(global, arguments),
        _ => throw new PickleException($"it calls '{global}', which is only known as a name; nothing was run"),
    };

    public object? Resolve(object? persistentId)
    {
        // ('storage', type, key, place, count) and, before PyTorch 1.6, a view of a larger storage as a sixth.
        if (persistentId is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, ..] items }
            || !s_storageTypes.TryGetValue(type.Name, out ElementType elementType))
        {
            throw new PickleException("it refers to something outside of it that is no storage of a supported type");
        }

        if (items.Length > 5 && items[5] is not null)
        {
            throw new PickleException("it holds a view of a storage, as only PyTorch before 0.4 wrote them");
        }

        if (!_storages.TryGetValue(key, out TorchStorage? storage))
        {
            storage = count is >= 0 and < (1L << 48)
                ? new TorchStorage(key, elementType, count)
                : throw new PickleException("a storage has a false size");
            _storages.Add(key, storage);
        }

        return storage.Type == elementType && storage.Count == count
            ? storage
            : throw new PickleException($"storage '{key}' is described in two ways");
    }

    /// <summary>Finds a storage by its key, as legacy files list them.</summary>
    public TorchStorage? Find(string key) => _storages.GetValueOrDefault(key);

    // TorchScript archives name the classes of a traced module under __torch__; their attributes are all that is read.
    private static bool IsData(PickleGlobal global) => s_data.Contains(global.ToString())
        || global.Module.StartsWith("__torch__", StringComparison.Ordinal);

    private static bool IsElementType(PickleGlobal global) => global.Module == "torch" && global.Name is
        "float32" or "float64" or "float16" or "bfloat16" or "int64" or "int32" or "int16" or "int8" or "uint8" or "bool" or "half" or "float";

    private static PickleDictionary DictionaryFrom(object?[] arguments)
    {
        PickleDictionary dictionary = new();
        IEnumerable<object?> pairs = arguments switch
        {
            [PickleList list] => list.Items,
            [PickleTuple tuple] => tuple.Items,
            _ => [],
        };
        foreach (object? pair in pairs)
        {
            object?[] items = pair switch { PickleTuple tuple => tuple.Items, PickleList list => [.. list.Items], _ => [] };
            if (items.Length != 2)
            {
                throw new PickleException("a dictionary is made from something that is no pair");
            }

            dictionary.Add(items[0], items[1]);
        }

        return dictionary;
    }

    private static PickleSet SetFrom(object?[] arguments)
    {
        PickleSet set = new();
        if (arguments is [PickleList list])
        {
            set.Items.AddRange(list.Items);
        }

        return set;
    }

    private static TorchTensor RebuildTensor(PickleGlobal global, object?[] arguments) =>
        arguments is [TorchStorage storage, long first, PickleTuple extents, PickleTuple strides, ..]
            ? new TorchTensor(storage, first, Numbers(global, extents), Numbers(global, strides))
            : throw Wrong(global);

    private static long[] Numbers(PickleGlobal global, PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item is long number ? number : throw Wrong(global))];

    private static PickleException Wrong(PickleGlobal global) => new($"it calls '{global}' with arguments that are not understood");
}
