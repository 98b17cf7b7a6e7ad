namespace Avion.Models;

/// <summary>The weights of a file under Avion's own names, whatever family they came from, ready to be written under any.</summary>
internal sealed class WeightSet
{
    private const string PatchProjection = "visual.conv1.weight", TubeletProjection = "patch_embed.proj.weight";

    // What stands before all names of a model that something holds: DataParallel, Lightning's module, torch.compile. The holder may have
    // tensors of its own beside the model.
    private static readonly string[] s_holders = ["module.", "model.", "_orig_mod.", "net."];

    // A classifier's tower, beside which its head stands.
    private static readonly string[] s_wrappers = ["backbone."];

    // Buffers that some programs save beside their parameters.
    private static readonly HashSet<string> s_buffers = new(StringComparer.Ordinal) { "input_resolution", "context_length", "vocab_size" };

    private readonly List<WeightTensor> _tensors;

    private readonly KeyMap _map;

    private WeightSet(WeightFamily family, KeyMap map, List<WeightTensor> tensors, bool isKnown, bool isCertain,
        IReadOnlyList<SkippedMember> skipped) =>
        (Family, _map, _tensors, IsKnown, IsCertain, Skipped) = (family, map, tensors, isKnown, isCertain, skipped);

    /// <summary>Where the weights came from.</summary>
    public WeightFamily Family { get; }

    public IReadOnlyList<WeightTensor> Tensors => _tensors;

    /// <summary>Whether the names are those of a model that Avion knows, in whole or in part.</summary>
    public bool IsKnown { get; }

    /// <summary>Whether the family is stated or no other has these names: open_clip's are OpenAI's, whose own files have buffers
    /// besides.</summary>
    public bool IsCertain { get; }

    /// <summary>Members of the file, and tensors beside the model, that are no weights of it.</summary>
    public IReadOnlyList<SkippedMember> Skipped { get; }

    /// <summary>Takes the tensors of a file, under Avion's names, with fused biases and flat projections of patches.</summary>
    public static WeightSet From(TensorArchive archive, WeightFamily? stated = null)
    {
        List<WeightTensor> tensors =
            [.. archive.Entries.Where(entry => !s_buffers.Contains(entry.Name)).Select(entry => WeightTensor.Of(archive, entry))];
        List<SkippedMember> skipped = [.. archive.Skipped];
        while (s_holders.FirstOrDefault(holder => CountOf(tensors, holder) * 2 > tensors.Count) is { } holder)
        {
            skipped.AddRange(tensors.Where(tensor => !tensor.Name.StartsWith(holder, StringComparison.Ordinal))
                .Select(tensor => new SkippedMember(tensor.Name, $"a tensor beside '{holder}*'")));
            tensors = Unwrap(tensors, holder);
        }

        // Towers of their own, as open_clip has them for texts of other kinds: the names within are the same.
        const string TextTower = "text.";
        tensors = CountOf(tensors, TextTower + "transformer.resblocks.") == 0 ? tensors : tensors.ConvertAll(tensor =>
            tensor.Name.StartsWith(TextTower, StringComparison.Ordinal) ? tensor.Named(tensor.Name[TextTower.Length..]) : tensor);
        foreach (string wrapper in s_wrappers)
        {
            if (CountOf(tensors, wrapper) == tensors.Count)
            {
                tensors = Unwrap(tensors, wrapper);
            }
        }

        WeightFamily? known = FamilyOf(tensors);
        WeightFamily family = stated ?? known ?? WeightFamily.Avion;
        KeyMap map = MapOf(family);
        tensors = tensors.ConvertAll(tensor => Flatten(tensor.Named(map.ToOurs(tensor.Name))));
        KeyBias.Fuse(tensors, archive.Metadata);
        bool hasBuffers = archive.Entries.Any(entry => s_buffers.Contains(entry.Name));
        return new WeightSet(family, map, tensors, stated is not null || known is not null,
            stated is not null || family != WeightFamily.OpenAi || hasBuffers, skipped);
    }

    /// <summary>Why a weight of the model is not among the tensors although the file has it; null where it has none.</summary>
    public string? WhySkipped(string name) => Skipped.FirstOrDefault(member =>
        member.Name == name || _map.ToOurs(member.Name) == name || s_holders.Any(holder =>
            member.Name.StartsWith(holder, StringComparison.Ordinal) && _map.ToOurs(member.Name[holder.Length..]) == name))?.Reason;

    /// <summary>The weights under the names and shapes of a family, or under Avion's where that has no names for them.</summary>
    public IReadOnlyList<WeightTensor> InOrOwn(WeightFamily family) => In(HasNamesIn(family) ? family : WeightFamily.Avion);

    /// <summary>The weights under the names and shapes of a family.</summary>
    /// <exception cref="ArgumentException">The family has no names for these weights.</exception>
    public IReadOnlyList<WeightTensor> In(WeightFamily family)
    {
        if (!HasNamesIn(family))
        {
            throw new ArgumentException(
                $"Weights of {(IsVideoMae ? "VideoMAE" : "a dual encoder")} have no names in the family "
                    + $"'{WeightFamilies.NameOf(family)}'.");
        }

        KeyMap map = MapOf(family);
        IEnumerable<WeightTensor> tensors = _tensors;
        if (family != WeightFamily.Avion)
        {
            tensors = tensors.SelectMany(tensor => family == WeightFamily.VideoMae ? KeyBias.Split(tensor) : [tensor]).Select(Unflatten);
        }

        return [.. tensors.Select(tensor => tensor.Named(map.ToTheirs(tensor.Name)))];
    }

    /// <summary>Whether there is LaViLa's vision tower, which attends to time and space in turn.</summary>
    public bool HasDividedAttention => _tensors.Exists(tensor =>
        tensor.Name.StartsWith("visual.blocks.0.timeattn.", StringComparison.Ordinal));

    /// <summary>The tensor of that name, or null.</summary>
    public WeightTensor? Find(string name) => _tensors.Find(tensor => tensor.Name == name);

    /// <summary>Puts another tensor in the place of one, or takes it out.</summary>
    public void Replace(WeightTensor old, WeightTensor? replacement)
    {
        int place = _tensors.IndexOf(old);
        if (replacement is null)
        {
            _tensors.RemoveAt(place);
        }
        else
        {
            _tensors[place] = replacement;
        }
    }

    private bool IsVideoMae => Find(TubeletProjection) is not null || Find("encoder." + TubeletProjection) is not null;

    private bool HasNamesIn(WeightFamily family) => family == WeightFamily.Avion || IsVideoMae == (family == WeightFamily.VideoMae);

    private static KeyMap MapOf(WeightFamily family) => family switch
    {
        WeightFamily.AvionPlain => KeyMap.AvionPlain,
        WeightFamily.OpenAi or WeightFamily.OpenClip => KeyMap.OpenAi,
        WeightFamily.LaviLa => KeyMap.LaviLa,
        WeightFamily.VideoMae => KeyMap.VideoMae,
        _ => KeyMap.Own,
    };

    private static int CountOf(List<WeightTensor> tensors, string prefix) =>
        tensors.Count(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal));

    private static List<WeightTensor> Unwrap(List<WeightTensor> tensors, string prefix) =>
    [
        .. tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(tensor => tensor.Named(tensor.Name[prefix.Length..])),
    ];

    /// <summary>The family whose names these are; null for no model that Avion knows.</summary>
    private static WeightFamily? FamilyOf(List<WeightTensor> tensors)
    {
        bool Has(string part) => tensors.Exists(tensor => tensor.Name.Contains(part, StringComparison.Ordinal));
        bool Is(string name) => tensors.Exists(tensor => tensor.Name == name);
        bool Begins(string start) => tensors.Exists(tensor => tensor.Name.StartsWith(start, StringComparison.Ordinal));
        return Has("attn.q_bias") || Begins("blocks.0.attn.qkv.") || Begins("encoder.blocks.0.attn.qkv.") ? WeightFamily.VideoMae
            : Has("Wqkv") ? WeightFamily.Avion
            : Has("textual.") || Is("visual.image_projection") || Is("fc_cls.weight") ? WeightFamily.AvionPlain
            : Is("image_projection") ? WeightFamily.LaviLa
            : Is("visual.proj") || Begins("transformer.resblocks.0.") ? WeightFamily.OpenAi
            : Has("visual.transformer.resblocks.0.attn.in_proj_") ? WeightFamily.AvionPlain
            : null;
    }

    private static bool IsProjection(string name) => name == PatchProjection || name.EndsWith(TubeletProjection, StringComparison.Ordinal);

    private static WeightTensor Flatten(WeightTensor tensor) => IsProjection(tensor.Name) && tensor.Entry.Extents.Length > 2
        ? tensor.Shaped(tensor.Entry.Extents[0], tensor.Entry.ElementCount / tensor.Entry.Extents[0])
        : tensor;

    // Other programs know the projection of patches as a convolution: over 3 channels of P x P pixels, or of 2 frames of them.
    private static WeightTensor Unflatten(WeightTensor tensor)
    {
        if (!IsProjection(tensor.Name) || tensor.Entry.Extents.Length != 2)
        {
            return tensor;
        }

        bool isTubelet = tensor.Name != PatchProjection;
        long area = tensor.Entry.Extents[1] / (isTubelet ? 6 : 3), side = (long)Math.Round(Math.Sqrt(area));
        long width = tensor.Entry.Extents[0];
        return side * side != area ? tensor : isTubelet ? tensor.Shaped(width, 3, 2, side, side) : tensor.Shaped(width, 3, side, side);
    }
}
