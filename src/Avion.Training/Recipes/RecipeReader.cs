using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Avion.Training;

/// <summary>Reads recipes from YAML and applies <c>--set path.to.key=value</c>.</summary>
/// <remarks>Every problem is collected, so that one run of the program shows all of them. No
/// reflection: the key table does the binding.</remarks>
public static class RecipeReader
{
    private const int LongestFileBytes = 4 << 20;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a recipe file, then applies overrides in order.</summary>
    /// <exception cref="RecipeException">The file cannot be read, or something in it or in an override is wrong.</exception>
    public static Recipe ReadFile(string path, IEnumerable<string>? overrides = null) => Read(ReadText(path), path, overrides);

    /// <summary>Reads a recipe from text; <paramref name="source"/> names it in messages.</summary>
    public static Recipe Read(string yaml, string source, IEnumerable<string>? overrides = null)
    {
        List<string> problems = new();
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        CollectFile(yaml, values, problems);
        foreach (string text in overrides ?? [])
        {
            CollectOverride(text, values, problems);
        }

        Recipe recipe = Apply(new Recipe(), values, problems);
        if (problems.Count == 0)
        {
            problems.AddRange(recipe.Contradictions());
        }

        return problems.Count == 0 ? recipe : throw new RecipeException(source, problems);
    }

    /// <summary>A copy of a recipe with overrides applied.</summary>
    public static Recipe Override(Recipe recipe, IEnumerable<string> overrides)
    {
        List<string> problems = new();
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        foreach (string text in overrides)
        {
            CollectOverride(text, values, problems);
        }

        Recipe changed = Apply(recipe, values, problems);
        if (problems.Count == 0)
        {
            problems.AddRange(changed.Contradictions());
        }

        return problems.Count == 0 ? changed : throw new RecipeException("--set", problems);
    }

    private static string ReadText(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > LongestFileBytes)
            {
                throw new RecipeException(path, [$"it has {file.Length} bytes, expected a recipe of at most {LongestFileBytes}."]);
            }

            return s_strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error)
        {
            throw new RecipeException(path, [$"it is not UTF-8 text ({error.Message.TrimEnd('.')})."]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string reason = Directory.Exists(path) ? "it is a folder"
                : File.Exists(path) ? error.Message.TrimEnd('.')
                : "there is no such file";
            throw new RecipeException(path, [$"{reason}, expected a YAML file such as recipes/demo.yaml."]);
        }
    }

    private static Recipe Apply(Recipe recipe, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        foreach ((string path, RecipeValue value) in values)
        {
            RecipeKey key = RecipeKeys.Find(path)!;
            if (key.TrySet(recipe, value, out Recipe? changed))
            {
                recipe = changed;
            }
            else
            {
                problems.Add($"{value.Place}: '{path}' is {value}, expected {key.Expected}.");
            }
        }

        return recipe;
    }

    private static void CollectOverride(string text, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        int equals = text.IndexOf('=');
        if (equals <= 0)
        {
            problems.Add($"--set: got '{text}', expected path.to.key=value, for example --set optimizer.learning_rate=1e-4.");
            return;
        }

        string path = text[..equals].Trim();
        string value = text[(equals + 1)..].Trim();
        if (RecipeKeys.Find(path) is null)
        {
            problems.Add(Unknown(path, "--set", section: false));
        }
        else if (ParseOverrideValue(value) is { } parsed)
        {
            values[path] = parsed;
        }
        else
        {
            problems.Add($"--set: '{path}' is '{value}', expected {RecipeKeys.Find(path)!.Expected}.");
        }
    }

    /// <summary>Plain texts stand for themselves, so that paths need no quotes; quoted texts and lists are read as YAML.</summary>
    private static RecipeValue? ParseOverrideValue(string value)
    {
        if (!value.StartsWith('[') && !value.StartsWith('"') && !value.StartsWith('\''))
        {
            return new RecipeValue([value], IsList: false, "--set");
        }

        try
        {
            return ToValue(LoadRoot(value), "--set");
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static void CollectFile(string yaml, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        try
        {
            switch (LoadRoot(yaml))
            {
                case YamlMappingNode root: CollectMapping(root, "", values, problems); break;
                case null: problems.Add("the file is empty, expected keys such as 'task: contrastive'."); break;
                case YamlNode other: problems.Add($"{PlaceOf(other)}: expected 'key: value' lines at the top level."); break;
            }
        }
        catch (YamlException error)
        {
            problems.Add($"line {error.Start.Line}: not valid YAML: {(error.InnerException ?? error).Message}");
        }
    }

    private static YamlNode? LoadRoot(string yaml)
    {
        CheckNesting(yaml);
        YamlStream stream = new();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Count switch
        {
            0 => null,
            1 => stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" } ? null : stream.Documents[0].RootNode,
            _ => throw new YamlException(stream.Documents[1].RootNode.Start, stream.Documents[1].RootNode.End,
                "the file holds several documents, expected one."),
        };
    }

    /// <summary>Walks over the text without making nodes: a tree that is too deep overflows the stack when it is made, and aliases can
    /// make a small text an endless tree.</summary>
    private static void CheckNesting(string yaml)
    {
        ReadingBudget budget = new() { MaximumDepth = 16, MaximumItems = 100_000 };
        Parser parser = new(new StringReader(yaml));
        int depth = 0;
        try
        {
            while (parser.MoveNext())
            {
                budget.TakeItems();
                depth += parser.Current!.NestingIncrease;
                budget.CheckDepth(depth);
                if (parser.Current is AnchorAlias alias)
                {
                    throw new YamlException(alias.Start, alias.End, $"it has the alias '*{alias.Value}'; write the value itself.");
                }
            }
        }
        catch (FileFaultException fault)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"{fault.Fault}.");
        }
    }

    private static void CollectMapping(
        YamlMappingNode mapping, string prefix, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        foreach ((YamlNode keyNode, YamlNode node) in mapping.Children)
        {
            string path = prefix + ((keyNode as YamlScalarNode)?.Value ?? keyNode.ToString());
            string place = PlaceOf(keyNode);
            if (RecipeKeys.IsSection(path))
            {
                if (node is YamlMappingNode inner)
                {
                    CollectMapping(inner, path + ".", values, problems);
                }
                else
                {
                    problems.Add($"{place}: '{path}' is a section, expected keys below it, such as '{FirstKeyOf(path)}'.");
                }
            }
            else if (RecipeKeys.Find(path) is not { } key)
            {
                problems.Add(Unknown(path, place, section: node is YamlMappingNode));
            }
            else if (ToValue(node, place) is { } value)
            {
                values[path] = value;
            }
            else
            {
                problems.Add($"{place}: '{path}' has keys below it, expected {key.Expected}.");
            }
        }
    }

    private static RecipeValue? ToValue(YamlNode? node, string place) => node switch
    {
        YamlScalarNode scalar => new RecipeValue([scalar.Value ?? ""], IsList: false, place),
        YamlSequenceNode list when list.Children.All(item => item is YamlScalarNode) =>
            new RecipeValue([.. list.Children.Select(item => ((YamlScalarNode)item).Value ?? "")], IsList: true, place),
        _ => null,
    };

    private static string Unknown(string path, string place, bool section) =>
        $"{place}: unknown {(section ? "section" : "key")} '{path}'. The nearest known one is '{RecipeKeys.Nearest(path, section)}'.";

    private static string FirstKeyOf(string section) =>
        RecipeKeys.All.First(key => key.Path.StartsWith(section + ".", StringComparison.Ordinal)).Path;

    private static string PlaceOf(YamlNode node) => $"line {node.Start.Line}";
}
