namespace Avion.Models;

// What a pickle holds is built from these and from null, bool, long, BigInteger, double, string and byte[]. None of them does anything.

/// <summary>A class or function that a pickle names; naming it runs nothing.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A set, as the list of what was put in.</summary>
internal sealed class PickleSet
{
    public List<object?> Items { get; } = [];
}

/// <summary>An instance of a class, as its name, the arguments of its construction, and its state.</summary>
internal sealed class PickleObject
{
    public PickleObject(PickleGlobal type, object?[] arguments) => (Type, Arguments) = (type, arguments);

    public PickleGlobal Type { get; }

    public object?[] Arguments { get; }

    public object? State { get; set; }
}

/// <summary>A dictionary, as the pairs in their order.</summary>
/// <remarks>
/// Keys are not hashed while reading, so that no choice of keys makes reading slow; looking a text up builds an index once.
/// </remarks>
internal sealed class PickleDictionary
{
    private readonly List<(object? Key, object? Value)> _pairs = [];
    private Dictionary<string, object?>? _byText;

    public IReadOnlyList<(object? Key, object? Value)> Pairs => _pairs;

    public void Add(object? key, object? value)
    {
        _pairs.Add((key, value));
        _byText = null;
    }

    public object? Find(string key)
    {
        if (_byText is null)
        {
            _byText = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach ((object? known, object? value) in _pairs)
            {
                if (known is string text)
                {
                    _byText[text] = value;
                }
            }
        }

        return _byText.GetValueOrDefault(key);
    }
}

/// <summary>Decides what the names in a pickle stand for.</summary>
internal interface IPickleWorld
{
    /// <summary>Whether the name may occur at all; everything else is refused by name.</summary>
    bool Allows(PickleGlobal global);

    /// <summary>What calling a function or class with these arguments stands for.</summary>
    object? Call(PickleGlobal global, object?[] arguments);

    /// <summary>What an identifier of something outside of the pickle stands for.</summary>
    object? Resolve(object? persistentId);
}

/// <summary>A pickle is damaged, or holds something that is refused.</summary>
internal sealed class PickleException : Exception
{
    public PickleException(string message)
        : base(message)
    {
    }
}
