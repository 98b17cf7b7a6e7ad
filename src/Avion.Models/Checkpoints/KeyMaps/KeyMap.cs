namespace Avion.Models;

/// <summary>One difference between the names of two families: within names that begin with a scope,
/// a part is written in another way.</summary>
/// <param name="Scope">How the names begin in Avion's family; empty for all.</param>
/// <param name="Theirs">The part in the other family.</param>
/// <param name="Ours">The part in Avion's.</param>
/// <param name="IsStart">Whether the part is the name's beginning, rather than somewhere behind the scope.</param>
internal sealed record KeyRule(string Scope, string Theirs, string Ours, bool IsStart = false);

/// <summary>How another family of checkpoints names what Avion's own names call otherwise; data, applied both ways.</summary>
/// <remarks>Avion's own names are those of AVION with fused attention, and of VideoMAE with fused attention.</remarks>
internal sealed class KeyMap
{
    private const string VisionBlocks = "visual.transformer.resblocks.";

    private static readonly KeyRule[] s_plainVision =
    [
        new(VisionBlocks, ".attn.in_proj_", ".attn.Wqkv."),
        new(VisionBlocks, ".mlp.c_fc.", ".mlp.fc1."),
        new(VisionBlocks, ".mlp.c_proj.", ".mlp.fc2."),
    ];

    private static readonly KeyRule[] s_openAiText =
    [
        new("", "transformer.", "textual.transformer.", IsStart: true),
        new("", "token_embedding.", "textual.token_embedding.", IsStart: true),
        new("", "positional_embedding", "textual.positional_embedding", IsStart: true),
        new("", "ln_final.", "textual.ln_final.", IsStart: true),
        new("", "text_projection", "textual.text_projection", IsStart: true),
    ];

    private static readonly KeyRule[] s_videoMae =
    [
        new("", ".attn.qkv.weight", ".attn.Wqkv.weight"),
        new("", ".attn.proj.", ".attn.out_proj."),
    ];

    private readonly KeyRule[] _rules;

    private KeyMap(params KeyRule[] rules) => _rules = rules;

    /// <summary>Avion's own names.</summary>
    public static KeyMap Own { get; } = new();

    /// <summary>AVION without fused attention.</summary>
    public static KeyMap AvionPlain { get; } = new(s_plainVision);

    /// <summary>OpenAI's CLIP, and open_clip's models of the same form.</summary>
    public static KeyMap OpenAi { get; } =
        new([.. s_openAiText, .. s_plainVision, new("", "visual.proj", "visual.image_projection", IsStart: true)]);

    /// <summary>LaViLa: OpenAI's text tower with both projections at the root. Its own vision tower is another model.</summary>
    public static KeyMap LaviLa { get; } =
        new([.. s_openAiText, .. s_plainVision, new("", "image_projection", "visual.image_projection", IsStart: true)]);

    /// <summary>The original VideoMAE.</summary>
    public static KeyMap VideoMae { get; } = new(s_videoMae);

    /// <summary>All maps, for tests.</summary>
    internal static IReadOnlyDictionary<string, KeyMap> All { get; } = new Dictionary<string, KeyMap>
    {
        ["own"] = Own, ["avion-plain"] = AvionPlain, ["openai"] = OpenAi, ["lavila"] = LaviLa, ["videomae"] = VideoMae,
    };

    /// <summary>A name of the other family in Avion's.</summary>
    public string ToOurs(string name)
    {
        foreach (KeyRule rule in _rules)
        {
            if (rule.IsStart && name.StartsWith(rule.Theirs, StringComparison.Ordinal))
            {
                return rule.Ours + name[rule.Theirs.Length..];
            }

            if (!rule.IsStart && name.StartsWith(rule.Scope, StringComparison.Ordinal)
                && name.Contains(rule.Theirs, StringComparison.Ordinal))
            {
                return name.Replace(rule.Theirs, rule.Ours, StringComparison.Ordinal);
            }
        }

        return name;
    }

    /// <summary>A name of Avion's family in the other.</summary>
    public string ToTheirs(string name)
    {
        foreach (KeyRule rule in _rules)
        {
            if (rule.IsStart && name.StartsWith(rule.Ours, StringComparison.Ordinal))
            {
                return rule.Theirs + name[rule.Ours.Length..];
            }

            if (!rule.IsStart && name.StartsWith(rule.Scope, StringComparison.Ordinal)
                && name.Contains(rule.Ours, StringComparison.Ordinal))
            {
                return name.Replace(rule.Ours, rule.Theirs, StringComparison.Ordinal);
            }
        }

        return name;
    }
}
