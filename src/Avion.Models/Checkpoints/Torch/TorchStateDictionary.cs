namespace Avion.Models;

/// <summary>Finds the tensors in nested dictionaries and in the attributes of traced modules, and joins their names with dots.</summary>
internal static class TorchStateDictionary
{
    // Models nest by their modules, some ten levels; the limits keep loops and repetitions of hostile pickles finite.
    private const int MaximumDepth = 32, MaximumTensors = 200_000, MaximumVisits = 1_000_000, MaximumNameLength = 512;

    public static void Collect(object? root, Action<string, TorchTensor> include)
    {
        Stack<(string Prefix, object? Value, int Depth)> pending = new();
        pending.Push(("", root, 0));
        int tensors = 0, visits = 0;
        while (pending.TryPop(out (string Prefix, object? Value, int Depth) place))
        {
            PickleDictionary? members = place.Value as PickleDictionary ?? (place.Value as PickleObject)?.State as PickleDictionary;
            if (++visits > MaximumVisits || tensors > MaximumTensors)
            {
                throw new PickleException("it holds more tensors than any model has");
            }

            if (place.Value is TorchTensor tensor)
            {
                tensors++;
                include(place.Prefix, tensor);
            }
            else if (members is not null && place.Depth < MaximumDepth)
            {
                visits += members.Pairs.Count;
                for (int i = members.Pairs.Count - 1; i >= 0; i--)
                {
                    (object? key, object? value) = members.Pairs[i];
                    if (key is string name && value is TorchTensor or PickleDictionary or PickleObject)
                    {
                        pending.Push((Join(place.Prefix, name), value, place.Depth + 1));
                    }
                }
            }
        }
    }

    private static string Join(string prefix, string name) => prefix.Length + name.Length <= MaximumNameLength
        ? prefix.Length == 0 ? name : $"{prefix}.{name}"
        : throw new PickleException($"it has names of more than {MaximumNameLength} letters");

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
}
