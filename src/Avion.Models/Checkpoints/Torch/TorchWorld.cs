namespace Avion.Models;

/// <summary>What the names in PyTorch checkpoints stand for: tensors and containers; every other class is an object that does
/// nothing.</summary>
/// <remarks>
/// No code of a checkpoint exists here, so nothing can run. A file that names what runs programs is refused all the same, by that name:
/// it was made to do harm to those who load it elsewhere.
/// </remarks>
internal sealed class TorchWorld : PickleWorld
{
    private const int MaximumRank = 16, MaximumCallDepth = 8;

    // Modules of Python whose functions run programs, import code or reach the network. A name in them has no place beside weights.
    private static readonly HashSet<string> s_harmfulModules = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "subprocess", "sys", "runpy", "importlib", "imp", "pty", "socket", "shutil", "ctypes", "code", "codeop",
        "commands", "timeit", "pdb", "bdb", "cProfile", "profile", "trace", "webbrowser", "platform", "asyncio", "signal",
        "multiprocessing", "threading", "pip", "ensurepip", "venv", "zipimport", "pkgutil", "http", "urllib", "urllib2", "requests",
        "ftplib", "smtplib", "telnetlib", "marshal", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "linecache",
        "operator", "_operator", "antigravity", "turtle", "idlelib", "tkinter", "doctest", "distutils", "setuptools", "builtins",
        "__builtin__",
    };

    private static readonly HashSet<string> s_harmfulNames = new(StringComparer.Ordinal)
    {
        "torch.load", "torch.jit.load", "torch.serialization.load", "torch.storage._load_from_bytes", "numpy.load", "numpy.f2py",
        "functools.reduce", "torch.compile", "torch.utils.cpp_extension.load",
    };

    // Members of enumerations are pickled as getattr of their class; to call what was got is refused like any call of no name.
    private static readonly HashSet<string> s_harmlessOfPython = new(StringComparer.Ordinal)
    {
        "object", "list", "dict", "int", "long", "float", "set", "frozenset", "complex", "bytes", "bytearray", "tuple", "slice", "range",
        "xrange", "str", "unicode", "bool", "type", "NoneType", "Ellipsis", "getattr",
    };

    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>All storages that tensors of the pickle use.</summary>
    public IEnumerable<TorchStorage> Storages => _storages.Values;

    /// <summary>Finds a storage by its key, as legacy files list them.</summary>
    public TorchStorage? Find(string key) => _storages.GetValueOrDefault(key);

    /// <inheritdoc />
    public override PickleGlobal Name(string module, string name)
    {
        PickleGlobal global = new(module, name);
        string full = global.ToString();
        bool isOfPython = module is "builtins" or "__builtin__";
        bool isHarmful = isOfPython
            ? !s_harmlessOfPython.Contains(name)
            : s_harmfulModules.Contains(module.Split('.')[0]) || s_harmfulNames.Contains(full)
                || full.StartsWith("torch.hub.", StringComparison.Ordinal);
        return isHarmful
            ? throw new FileFaultException($"it asks for '{full}', which no weights need and which does harm elsewhere; nothing was run")
            : global;
    }

    /// <inheritdoc />
    public override object? Call(PickleGlobal callee, object?[] arguments, PickleReader reader)
    {
        for (int depth = 0; callee.ToString() == "torch._tensor._rebuild_from_type_v2"; depth++)
        {
            if (arguments is not [PickleGlobal inner, _, object?[] items, ..] || depth == MaximumCallDepth)
            {
                return new PickleObject(callee, arguments);
            }

            (callee, arguments) = (inner, items);
        }

        return callee.ToString() switch
        {
            "collections.OrderedDict" or "builtins.dict" or "__builtin__.dict" => DictionaryFrom(arguments, reader.Budget),
            "collections.defaultdict" => new PickleDictionary(),
            "builtins.list" or "__builtin__.list" or "builtins.set" or "__builtin__.set" => new List<object?>(),
            "torch.Size" when arguments is [object?[] size] => size,
            "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" => RebuildTensor(callee, arguments, null),
            "torch._utils._rebuild_tensor_v3" when arguments is [_, _, _, _, _, _, PickleGlobal { Module: "torch" } type, ..] =>
                RebuildTensor(callee, arguments, TorchType.Named(type.Name)),
            "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" when arguments is [TorchTensor tensor, ..] =>
                tensor,
            "copyreg._reconstructor" or "copy_reg._reconstructor" when arguments is [PickleGlobal type, ..] => new PickleObject(type, []),
            { } name when name.StartsWith("torch.jit._pickle.", StringComparison.Ordinal) && arguments is [{ } list, ..] => list,
            _ => new PickleObject(callee, arguments),
        };
    }

    /// <inheritdoc />
    public override void SetState(object? target, object? state, PickleReader reader)
    {
        // Attributes of containers and tensors hold versions and hooks, no weights.
        if (target is PickleObject instance)
        {
            instance.State = state;
        }
    }

    /// <inheritdoc />
    /// <remarks>('storage', type, key, place, count) and, before PyTorch 1.6, a view of a larger storage as a sixth.</remarks>
    public override object? Resolve(object? persistentId)
    {
        if (persistentId is not object?[] items || items is not ["storage", PickleGlobal name, string key, _, long count, ..]
            || TorchType.OfStorage(name.Name) is not { } type)
        {
            return null;
        }

        if (items.Length > 5 && items[5] is not null)
        {
            throw new FileFaultException("it holds a view of a storage, as only PyTorch before 0.4 wrote them");
        }

        if (!_storages.TryGetValue(key, out TorchStorage? storage))
        {
            storage = count is >= 0 and < (1L << 48)
                ? new TorchStorage(key, type, count)
                : throw new FileFaultException("a storage has a false size");
            _storages.Add(key, storage);
        }

        return storage.Type == type && storage.Count == count
            ? storage
            : throw new FileFaultException($"storage '{key}' is described in two ways");
    }

    private static PickleDictionary DictionaryFrom(object?[] arguments, ReadingBudget budget)
    {
        PickleDictionary dictionary = new();
        IReadOnlyList<object?> pairs = arguments is [var content] ? content as IReadOnlyList<object?> ?? [] : [];
        budget.TakeItems(pairs.Count);
        foreach (object? pair in pairs)
        {
            if (pair is IReadOnlyList<object?> { Count: 2 } items)
            {
                dictionary.Add(items[0], items[1]);
            }
        }

        return dictionary;
    }

    private static object RebuildTensor(PickleGlobal callee, object?[] arguments, TorchType? type) =>
        arguments is [TorchStorage storage, long first, object?[] { Length: <= MaximumRank } extents,
            object?[] { Length: <= MaximumRank } strides, ..]
            && Numbers(extents) is { } sizes && Numbers(strides) is { } steps
            ? new TorchTensor(storage, type ?? storage.Type, first, sizes, steps)
            : new PickleObject(callee, arguments);

    private static long[]? Numbers(object?[] items) =>
        items.All(item => item is long) ? Array.ConvertAll(items, item => (long)item!) : null;
}
