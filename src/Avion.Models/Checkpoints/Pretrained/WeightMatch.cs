namespace Avion.Models;

/// <summary>Which tensor of a file goes to which parameter of a model, and how.</summary>
internal sealed class WeightMatch
{
    private const string Time = "visual.temporal_embedding";

    private static readonly string[] s_towers = ["visual.", "textual.", "encoder.", "decoder.", "blocks.", "patch_embed."];

    private readonly List<(Parameter Parameter, WeightTensor Tensor, TableFit Fit)> _pairs = [];
    private readonly List<string> _taken = [], _resized = [], _fresh = [], _missing = [], _misshapen = [];

    public WeightMatch(WeightSet weights, Model model, Func<string, bool> leavesFresh)
    {
        IReadOnlyList<Parameter> parameters = model.Parameters.Parameters;
        if (!model.Parameters.Contains(Time) && model.Parameters.Contains("visual.positional_embedding") && weights.Find(Time) is { } time)
        {
            SingleFrame.Fold(weights);
            _resized.Add($"{Time} ({time.Entry.Extents[0]} frames to 1: their mean is added to visual.positional_embedding)");
        }

        Dictionary<string, WeightTensor> byName = new(StringComparer.Ordinal);
        List<string> repeated = [];
        foreach (WeightTensor tensor in weights.InOrOwn(NamesOf(parameters)))
        {
            repeated.AddRange(byName.TryAdd(tensor.Name, tensor) ? [] : [$"{tensor.Name} (it is there under two names)"]);
        }

        foreach (Parameter parameter in parameters)
        {
            WeightTensor? tensor = Find(byName, parameter.Name);
            if (tensor is not null)
            {
                byName.Remove(tensor.Name);
            }

            Add(parameter, tensor, weights, leavesFresh(parameter.Name));
        }

        Ignored = [.. byName.Keys, .. repeated];
    }

    public IReadOnlyList<string> Taken => _taken;

    public IReadOnlyList<string> Resized => _resized;

    public IReadOnlyList<string> Fresh => _fresh;

    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Refuses what would train another model than the weights are of.</summary>
    /// <param name="path">The file.</param>
    /// <param name="archive">The file, for its first tensor's name.</param>
    /// <param name="isPartial">Whether parameters may be missing; null: whole towers.</param>
    /// <exception cref="CheckpointException">It does not fit.</exception>
    public void Check(string path, TensorArchive archive, bool? isPartial)
    {
        if (_taken.Count + _resized.Count == 0)
        {
            throw new CheckpointException(path, $"none of its tensors fits the model; the first is '{archive.Entries[0].Name}'",
                "Expected weights of OpenAI CLIP, open_clip, LaViLa, AVION, VideoMAE or Avion that fit the recipe's task.");
        }

        if (_misshapen.Count > 0)
        {
            throw new CheckpointException(path, $"these tensors have other shapes than the model's: {Listed(_misshapen)}",
                "Set the model's sizes to the file's, or leave parameters at random with model.initialize_except.");
        }

        string[] missing = isPartial switch
        {
            true => [],
            false => [.. _missing],
            null => [.. _missing.Where(name => TowerOf(name) is { } tower && _taken.Any(taken => TowerOf(taken) == tower))],
        };
        if (missing.Length > 0)
        {
            throw new CheckpointException(path, $"it lacks {missing.Length} of the model's tensors: {NameList.Describe(missing)}",
                "Set model.initialize_partial=true to begin these at random.");
        }

        if (isPartial == false && Ignored.Count > 0)
        {
            throw new CheckpointException(path,
                $"it has {Ignored.Count} tensors that the model has no place for: {NameList.Describe(Ignored)}",
                "Set model.initialize_partial=true to leave them out.");
        }
    }

    /// <summary>Copies the numbers.</summary>
    public void Fill(Model model)
    {
        foreach ((Parameter parameter, WeightTensor tensor, TableFit fit) in _pairs)
        {
            model.Device.Upload(fit.Apply(tensor.ReadFloats()), parameter.Master);
        }

        model.Parameters.RefreshValues();
    }

    private static WeightFamily NamesOf(IReadOnlyList<Parameter> parameters) =>
        parameters.Any(parameter => parameter.Name.EndsWith("attn.q_bias", StringComparison.Ordinal)) ? WeightFamily.VideoMae
        : parameters.Any(parameter => parameter.Name.StartsWith("visual.", StringComparison.Ordinal)
            && parameter.Name.EndsWith("attn.in_proj_weight", StringComparison.Ordinal)) ? WeightFamily.AvionPlain
        : WeightFamily.Avion;

    // A classifier over VideoMAE's encoder has no 'encoder.' in its names.
    private static WeightTensor? Find(Dictionary<string, WeightTensor> byName, string name) =>
        byName.TryGetValue(name, out WeightTensor? tensor) || byName.TryGetValue("encoder." + name, out tensor) ? tensor : null;

    private void Add(Parameter parameter, WeightTensor? tensor, WeightSet weights, bool isLeftFresh)
    {
        if (isLeftFresh)
        {
            _fresh.Add(parameter.Name);
        }
        else if (tensor is null)
        {
            _fresh.Add(parameter.Name);
            bool mayLack = parameter.Name == Time || parameter.Name.Contains(".ls_", StringComparison.Ordinal);
            string? why = weights.WhySkipped(parameter.Name);
            _missing.AddRange(mayLack ? [] : [why is null ? parameter.Name : $"{parameter.Name} ({why})"]);
        }
        else if (TableFit.Of(parameter, tensor.Entry) is { } fit)
        {
            _pairs.Add((parameter, tensor, fit));
            (fit.IsResize ? _resized : _taken).Add(fit.IsResize ? $"{parameter.Name} ({fit.Text})" : parameter.Name);
        }
        else if (TowerOf(parameter.Name) is null)
        {
            _fresh.Add($"{parameter.Name} (file {tensor.Entry.ShapeText}, model {parameter.Shape})");
        }
        else
        {
            _misshapen.Add($"{parameter.Name} (file {tensor.Entry.ShapeText}, model {parameter.Shape})");
        }
    }

    /// <summary>The tower that a parameter belongs to, without which the others of it are worth nothing; null for heads and
    /// projections.</summary>
    private static string? TowerOf(string name) =>
        name.EndsWith("_projection", StringComparison.Ordinal) || name.StartsWith("decoder.head", StringComparison.Ordinal) ? null
        : Array.Find(s_towers, tower => name.StartsWith(tower, StringComparison.Ordinal));

    private static string Listed(List<string> names)
    {
        const int Shown = 5;
        return string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
    }
}
