namespace Avion.Files;

// A pickle gives null, bool, long, BigInteger, double, string, PickleBytes, object?[] for tuples, List<object?> for lists and sets, and
// what stands here. None of them does anything.

/// <summary>A class or function that a pickle names; naming it runs nothing.</summary>
public sealed record PickleGlobal(string Module, string Name)
{
    /// <inheritdoc />
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>An instance of a class, as its name, the arguments of its construction, and its state.</summary>
public sealed class PickleObject(PickleGlobal type, object?[] arguments)
{
    /// <summary>The class.</summary>
    public PickleGlobal Type { get; } = type;

    /// <summary>What it was made with.</summary>
    public object?[] Arguments { get; } = arguments;

    /// <summary>Its attributes; null for none.</summary>
    public object? State { get; set; }

    /// <summary>Its items, where it is a dictionary of some kind; null for none.</summary>
    public PickleDictionary? Members { get; set; }
}

/// <summary>A dictionary, as the pairs in their order.</summary>
/// <remarks>
/// Keys are not hashed while reading, so that no choice of keys makes reading slow; looking a text up builds an index once.
/// </remarks>
public sealed class PickleDictionary
{
    private List<(object? Key, object? Value)>? _pairs;
    private Dictionary<string, object?>? _byText;

    /// <summary>All pairs, a key that was set twice also twice.</summary>
    public IReadOnlyList<(object? Key, object? Value)> Pairs => _pairs ?? (IReadOnlyList<(object?, object?)>)[];

    /// <summary>Adds a pair.</summary>
    public void Add(object? key, object? value)
    {
        (_pairs ??= []).Add((key, value));
        _byText = null;
    }

    /// <summary>The last value of a key that is text; null for none.</summary>
    public object? Find(string key)
    {
        if (_byText is null)
        {
            _byText = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach ((object? known, object? value) in Pairs)
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

/// <summary>Decides what the names in a pickle stand for. A pickle can ask for names and calls; only this class answers.</summary>
public abstract class PickleWorld
{
    /// <summary>What a name stands for.</summary>
    /// <exception cref="FileFaultException">It may not occur.</exception>
    public abstract PickleGlobal Name(string module, string name);

    /// <summary>What a call of a function or class with these arguments stands for. Work that grows
    /// with the arguments is charged.</summary>
    public abstract object? Call(PickleGlobal callee, object?[] arguments, PickleReader reader);

    /// <summary>Gives an object its state.</summary>
    public abstract void SetState(object? target, object? state, PickleReader reader);

    /// <summary>What an identifier of something outside of the pickle stands for.</summary>
    public virtual object? Resolve(object? persistentId) =>
        throw new FileFaultException("it refers to something outside of it, which is not read");
}
