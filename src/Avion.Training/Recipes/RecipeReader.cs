using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Avion.Training;

/// <summary>Reads recipes from YAML and applies <c>--set path.to.key=value</c>.</summary>
/// <remarks>Every problem is collected, so that one run of the program shows all of them. No
/// reflection: the key table does the binding.</remarks>
public static class RecipeReader
{
    /// <summary>Stands for a file where a change on the command line is wrong.</summary>
    internal const string OverrideSource = "--set";

    private const int LongestFileBytes = 4 << 20;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a recipe file, then applies overrides in order.</summary>
    /// <exception cref="RecipeException">The file cannot be read, or something in it or in an override is wrong.</exception>
    public static Recipe ReadFile(string path, IEnumerable<string>? overrides = null) => Read(ReadText(path), path, overrides);

    /// <summary>Reads a recipe from text; <paramref name="source"/> names it in messages.</summary>
    public static Recipe Read(string yaml, string source, IEnumerable<string>? overrides = null)
    {
        List<string> problems = [];
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        string[] changes = [.. overrides ?? []];
        YamlMappingNode? root = LoadMapping(yaml, problems);
        TaskKind task = TrainingTasks.Find(TaskOf(root, changes)) ?? TrainingTasks.Default;
        if (root is not null)
        {
            CollectMapping(task.Schema, root, "", values, problems);
        }

        foreach (string text in changes)
        {
            CollectOverride(task.Schema, text, values, problems);
        }

        Recipe recipe = Apply(task.Schema, task.NewRecipe(), values, problems) with { Stated = StatedKeys.None.With(values.Keys) };
        if (problems.Count == 0)
        {
            problems.AddRange(ContradictionsOf(recipe));
        }

        return problems.Count == 0 ? recipe : throw new RecipeException(source, problems);
    }

    /// <summary>A copy of a recipe with overrides applied.</summary>
    public static Recipe Override(Recipe recipe, IEnumerable<string> overrides)
    {
        List<string> problems = [];
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        RecipeSchema schema = RecipeSchema.Of(recipe);
        foreach (string text in overrides)
        {
            CollectOverride(schema, text, values, problems);
        }

        Recipe changed = Apply(schema, recipe, values, problems) with { Stated = recipe.Stated.With(values.Keys) };
        if (problems.Count == 0)
        {
            problems.AddRange(ContradictionsOf(changed));
        }

        return problems.Count == 0 ? changed : throw new RecipeException(OverrideSource, problems);
    }

    /// <summary>First weights may decide sizes that a recipe leaves open: then the keys are compared when these are known.</summary>
    private static IEnumerable<string> ContradictionsOf(Recipe recipe) =>
        recipe.Options.Start.InitializeFrom.Length > 0 ? [] : recipe.Contradictions();

    private static string ReadText(string path)
    {
        try
        {
            if (VocabularyFiles.HasEndingOfWeights(path))
            {
                throw new RecipeException(path, ["it is a file of weights, expected a YAML file. "
                    + $"Train from it with: avion train RECIPE.yaml --set model.initialize_from={path}"]);
            }

            FileInfo file = new(path);
            if (file.Exists && file.Length > LongestFileBytes)
            {
                throw new RecipeException(path, [$"it has {file.Length} bytes, expected a recipe of at most {LongestFileBytes}."]);
            }

            return s_strict.GetString(RegularFile.ReadAllBytes(path, LongestFileBytes)).TrimStart('\uFEFF');
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

    /// <summary>The word of the task, which decides which keys there are: an override's, else the file's, else that of a recipe without
    /// one.</summary>
    private static string TaskOf(YamlMappingNode? root, string[] overrides)
    {
        const string Key = "task";
        YamlNode? inFile = root?.Children.FirstOrDefault(child => child.Key is YamlScalarNode { Value: Key }).Value;
        string? inOverrides = overrides.LastOrDefault(text => text.Split('=')[0].Trim() == Key);
        return inOverrides is not null ? inOverrides[(inOverrides.IndexOf('=') + 1)..].Trim()
            : (inFile as YamlScalarNode)?.Value ?? TrainingTasks.Default.Name;
    }

    private static Recipe Apply(RecipeSchema schema, Recipe recipe, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        // A source takes from data.train what it does not state, whichever comes first in the file.
        foreach ((string path, RecipeValue value) in values.OrderBy(pair => SourceList.FindKey(pair.Key) is not null))
        {
            RecipeKey key = schema.Find(path)!;
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

    private static void CollectOverride(RecipeSchema schema, string text, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        int equals = text.IndexOf('=');
        if (equals <= 0)
        {
            problems.Add($"--set: got '{text}', expected path.to.key=value, for example --set optimizer.learning_rate=1e-4.");
            return;
        }

        string path = text[..equals].Trim();
        string value = text[(equals + 1)..].Trim();
        if (schema.Find(path) is not { } key)
        {
            problems.Add(Unknown(schema, path, OverrideSource, section: false));
        }
        else if (ParseOverrideValue(value) is { } parsed)
        {
            values[path] = parsed;
        }
        else
        {
            problems.Add($"--set: '{path}' is '{value}', expected {key.Expected}.");
        }
    }

    /// <summary>Plain texts stand for themselves, so that paths need no quotes; quoted texts and lists are read as YAML.</summary>
    private static RecipeValue? ParseOverrideValue(string value)
    {
        if (!value.StartsWith('[') && !value.StartsWith('"') && !value.StartsWith('\''))
        {
            return new RecipeValue([value], IsList: false, OverrideSource);
        }

        try
        {
            return ToValue(LoadRoot(value), OverrideSource);
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static YamlMappingNode? LoadMapping(string yaml, List<string> problems)
    {
        try
        {
            switch (LoadRoot(yaml))
            {
                case YamlMappingNode root: return root;
                case null: problems.Add("the file is empty, expected keys such as 'task: contrastive'."); break;
                case YamlNode other: problems.Add($"{PlaceOf(other)}: expected 'key: value' lines at the top level."); break;
            }
        }
        catch (YamlException error)
        {
            problems.Add($"line {error.Start.Line}: not valid YAML: {(error.InnerException ?? error).Message}");
        }

        return null;
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
        Stack<NodeEvent> open = [];
        try
        {
            while (parser.MoveNext())
            {
                budget.TakeItems();
                depth += parser.Current!.NestingIncrease;
                budget.CheckDepth(depth);
                if (parser.Current is MappingStart or SequenceStart)
                {
                    open.Push((NodeEvent)parser.Current);
                }
                else if (parser.Current is MappingEnd or SequenceEnd)
                {
                    open.Pop();
                }

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
        catch (InvalidOperationException)
        {
            // What YamlDotNet's scanner throws where lines follow a bracket that is not closed.
            NodeEvent? bracket = open.FirstOrDefault(node => node is MappingStart { Style: MappingStyle.Flow }
                or SequenceStart { Style: SequenceStyle.Flow });
            Mark place = (bracket ?? parser.Current)?.Start ?? Mark.Empty;
            throw new YamlException(place, place, bracket is null
                ? "what follows cannot be read."
                : $"the '{(bracket is MappingStart ? '{' : '[')}' that opens here is not closed, or a comma is missing after it.");
        }
    }

    private static void CollectMapping(
        RecipeSchema schema, YamlMappingNode mapping, string prefix, Dictionary<string, RecipeValue> values, List<string> problems)
    {
        foreach ((YamlNode keyNode, YamlNode node) in mapping.Children)
        {
            string path = prefix + ((keyNode as YamlScalarNode)?.Value ?? keyNode.ToString());
            string place = PlaceOf(keyNode);
            if (schema.IsSection(path))
            {
                if (node is YamlMappingNode inner)
                {
                    CollectMapping(schema, inner, path + ".", values, problems);
                }
                else
                {
                    problems.Add($"{place}: '{path}' is a section, expected keys below it, such as '{FirstKeyOf(schema, path)}'.");
                }
            }
            else if (schema.Find(path) is not { } key)
            {
                problems.Add(Unknown(schema, path, place, section: node is YamlMappingNode));
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

    private static string Unknown(RecipeSchema schema, string path, string place, bool section) =>
        $"{place}: unknown {(section ? "section" : "key")} '{path}'. The nearest known one is '{schema.Nearest(path, section)}'.";

    private static string FirstKeyOf(RecipeSchema schema, string section) =>
        schema.All.FirstOrDefault(key => key.Path.StartsWith(section + ".", StringComparison.Ordinal))?.Path
            ?? (section == SourceList.Section ? $"{section}.NAME.annotations" : $"{section}.annotations");

    private static string PlaceOf(YamlNode node) => $"line {node.Start.Line}";
}
