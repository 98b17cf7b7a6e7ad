namespace Avion.Models;

/// <summary>The checks that configurations share.</summary>
internal static class ConfigCheck
{
    public static void Positive(string part, string name, int value)
    {
        if (value <= 0)
        {
            throw new ArgumentException($"Model configuration, {part}: {name} is {value}; expected at least 1.");
        }
    }

    /// <summary>A false number of blocks in a file would be made before a tensor is missed.</summary>
    public static void Layers(string part, int count)
    {
        const int Most = 1000;
        Positive(part, "LayerCount", count);
        if (count > Most)
        {
            throw new ArgumentException($"Model configuration, {part}: LayerCount is {count}; expected at most {Most}.");
        }
    }

    public static void Divides(string part, string divisorName, int divisor, string name, int value)
    {
        Positive(part, divisorName, divisor);
        Positive(part, name, value);
        if (value % divisor != 0)
        {
            throw new ArgumentException($"Model configuration, {part}: {name} is {value}, which {divisorName} {divisor} does not divide.");
        }
    }

    public static void Share(string part, string name, float value)
    {
        if (value is not (>= 0 and < 1))
        {
            throw new ArgumentException($"Model configuration, {part}: {name} is {value}; expected at least 0 and below 1.");
        }
    }

    public static void PositiveNumber(string part, string name, float value)
    {
        if (!float.IsFinite(value) || value <= 0)
        {
            throw new ArgumentException($"Model configuration, {part}: {name} is {value}; expected a positive number.");
        }
    }
}
