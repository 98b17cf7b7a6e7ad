namespace Avion.Models;

/// <summary>Finds the weights among what a checkpoint holds, and joins their names with dots.</summary>
internal static class TorchStateDictionary
{
    // Models nest by their modules, some ten levels; the limits keep loops and repetitions of hostile pickles finite.
    private const int MaximumDepth = 32, MaximumTensors = 200_000, MaximumVisits = 1_000_000, MaximumNameLength = 512;

    // Where programs keep their weights; averaged weights are taken where there are no others.
    private static readonly string[] s_rootNames =
    [
        "state_dict", "model", "module", "model_state_dict", "model_state", "net", "weights", "params", "model_ema", "state_dict_ema",
        "ema_state_dict", "ema",
    ];

    // A module that was saved whole keeps its tensors in these attributes.
    private static readonly HashSet<string> s_moduleAttributes =
        new(StringComparer.Ordinal) { "_parameters", "_buffers", "_modules" };

    /// <summary>The part of a checkpoint that holds the weights; <paramref name="skip"/> hears what stands beside it.</summary>
    public static object? FindWeights(object? root, Action<string, string> skip)
    {
        if (root is not PickleDictionary dictionary)
        {
            return root;
        }

        string? found = s_rootNames.FirstOrDefault(name => HoldsTensors(dictionary.Find(name)));
        if (found is null)
        {
            return root;
        }

        foreach ((object? key, object? value) in dictionary.Pairs)
        {
            if (key is string name && name != found && !TryDescribe(value, out _) && value is not null)
            {
                skip(name, $"{Describe(value)} beside '{found}'");
            }
        }

        return dictionary.Find(found);
    }

    /// <summary>Walks through nested dictionaries and the attributes of modules.</summary>
    public static void Collect(object? root, Action<string, TorchTensor> include, Action<string, string> skip)
    {
        Stack<(string Prefix, object? Value, int Depth)> pending = new();
        pending.Push(("", root, 0));
        int tensors = 0, visits = 0;
        while (pending.TryPop(out (string Prefix, object? Value, int Depth) place))
        {
            if (++visits > MaximumVisits || tensors > MaximumTensors)
            {
                throw new FileFaultException("it holds more than 200,000 tensors or a million members, more than any model has");
            }

            IReadOnlyList<(object? Key, object? Value)>? members = MembersOf(place.Value);
            if (place.Value is TorchTensor tensor)
            {
                tensors++;
                include(place.Prefix, tensor);
            }
            else if (members is not null && place.Depth < MaximumDepth)
            {
                visits += members.Count;
                for (int i = members.Count - 1; i >= 0; i--)
                {
                    (object? key, object? value) = members[i];
                    if (key is string name && value is TorchTensor or PickleDictionary or PickleObject)
                    {
                        pending.Push((Join(place.Prefix, name), value, place.Depth + 1));
                    }
                }
            }
            else if (place.Value is PickleObject)
            {
                skip(place.Prefix, Describe(place.Value));
            }
        }
    }

    /// <summary>A number or text of run options as text.</summary>
    public static bool TryDescribe(object? value, out string text)
    {
        text = value switch
        {
            string known => known,
            bool known => known ? "true" : "false",
            IFormattable known => known.ToString(null, CultureInfo.InvariantCulture),
            _ => "",
        };
        return value is string or bool or IFormattable;
    }

    private static IReadOnlyList<(object? Key, object? Value)>? MembersOf(object? value) => value switch
    {
        PickleDictionary dictionary => dictionary.Pairs,
        PickleObject { Members: { } members } => members.Pairs,
        PickleObject { State: PickleDictionary state } instance when IsModule(instance, state) => state.Pairs,
        _ => null,
    };

    // Other objects may hold tensors too, such as the moments of an optimizer, but no weights.
    private static bool IsModule(PickleObject instance, PickleDictionary state) =>
        instance.Type.Module.StartsWith("__torch__", StringComparison.Ordinal)
            || s_moduleAttributes.Any(name => state.Find(name) is not null);

    private static bool HoldsTensors(object? value)
    {
        Stack<(object? Value, int Depth)> pending = new([(value, 0)]);
        int visits = 0;
        while (pending.TryPop(out (object? Value, int Depth) place) && visits < MaximumVisits)
        {
            if (place.Value is TorchTensor)
            {
                return true;
            }

            IReadOnlyList<(object? Key, object? Value)> members = place.Depth < MaximumDepth ? MembersOf(place.Value) ?? [] : [];
            visits += 1 + members.Count;
            foreach ((_, object? member) in members)
            {
                if (member is TorchTensor or PickleDictionary or PickleObject)
                {
                    pending.Push((member, place.Depth + 1));
                }
            }
        }

        return false;
    }

    private static string Describe(object? value) => value switch
    {
        TorchTensor => "a tensor",
        PickleDictionary => "a dictionary",
        PickleObject instance => $"an object of {instance.Type}",
        List<object?> or object?[] => "a list",
        _ => "no weight",
    };

    private static string Join(string prefix, string name) => s_moduleAttributes.Contains(name) ? prefix
        : prefix.Length + name.Length <= MaximumNameLength
        ? prefix.Length == 0 ? name : $"{prefix}.{name}"
        : throw new FileFaultException($"it has names of more than {MaximumNameLength} letters");
}
