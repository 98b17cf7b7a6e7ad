using System.Security.Cryptography;

namespace Avion.Training;

/// <summary>Writes resolved recipes: every key with its value, so that a later version's other defaults change nothing.</summary>
public static class RecipeWriter
{
    /// <summary>The recipe as YAML that <see cref="RecipeReader"/> reads back to an equal recipe.</summary>
    public static string ToYaml(Recipe recipe)
    {
        StringBuilder text = new();
        string[] open = [];
        foreach (RecipeKey key in RecipeSchema.Of(recipe).KeysOf(recipe))
        {
            string[] parts = key.Path.Split('.');
            int shared = 0;
            while (shared < open.Length && shared < parts.Length - 1 && open[shared] == parts[shared])
            {
                shared++;
            }

            for (int depth = shared; depth < parts.Length - 1; depth++)
            {
                text.Append(' ', 2 * depth).Append(parts[depth]).Append(":\n");
            }

            open = parts[..^1];
            text.Append(' ', 2 * open.Length).Append(parts[^1]).Append(": ").Append(key.ValueIn(recipe)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>SHA-256 of all values that losses and weights depend on, in hexadecimal.</summary>
    public static string Hash(Recipe recipe)
    {
        StringBuilder text = new();
        foreach (RecipeKey key in RecipeSchema.Of(recipe).KeysOf(recipe).OrderBy(key => key.Path, StringComparer.Ordinal))
        {
            if (key.AffectsResult)
            {
                text.Append(key.Path).Append('=').Append(key.ValueIn(recipe)).Append('\n');
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The keys that differ and must not when a run is resumed, one sentence each; empty when a run of one may be resumed with the
    /// other.</summary>
    public static IReadOnlyList<string> Differences(Recipe was, Recipe now)
    {
        if (was.Task != now.Task)
        {
            return [$"task: was {RecipeText.Of(was.Task)}, now {RecipeText.Of(now.Task)}"];
        }

        List<string> differences = new();
        string[] sources = [.. was.Data.Sources.Select(source => source.Name)],
            others = [.. now.Data.Sources.Select(source => source.Name)];
        if (!sources.SequenceEqual(others))
        {
            return [$"{SourceList.Section}: was {string.Join(", ", sources)}, now {string.Join(", ", others)}"];
        }

        foreach (RecipeKey key in RecipeSchema.Of(was).KeysOf(was))
        {
            string before = key.ValueIn(was);
            string after = key.ValueIn(now);
            if (!key.MayChangeOnResume && before != after)
            {
                differences.Add($"{key.Path}: was {before}, now {after}");
            }
        }

        return differences;
    }
}
