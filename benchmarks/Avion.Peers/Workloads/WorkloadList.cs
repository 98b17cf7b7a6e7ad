namespace Avion.Peers;

/// <summary>All workloads, in the order of the table.</summary>
public static class WorkloadList
{
    private static readonly Dictionary<int, double> s_none = [];

    private static readonly DualEncoderWorkload s_vit = new("vit", "dual encoder ViT-B/16, 4 frames of 224², text 77, batch 2")
    {
        Frames = 4, ImageSize = 224, Vision = new TransformerSize(768, 12, 12), Text = new TransformerSize(512, 12, 8),
        ContextLength = 77, VocabularySize = 49408, EmbeddingSize = 256, BatchSize = 2, CaptionTokens = 77,
        Asked = Both(1.35),
    };

    private static readonly DualEncoderWorkload s_tiny = new("tiny",
        "tiny dual encoder (145 tokens × 192 × 6; text 32 × 128 × 4), batch 32")
    {
        Frames = 4, ImageSize = 96, Vision = new TransformerSize(192, 6, 3), Text = new TransformerSize(128, 4, 4),
        ContextLength = 32, VocabularySize = 2048, EmbeddingSize = 128, BatchSize = 32, CaptionTokens = 32,
        Asked = Both(1.5),
    };

    private static readonly VideoMaeWorkload s_videoMae = new("videomae",
        "VideoMAE ViT-B pre-training, 160 of 1,568 tokens, decoder 384 × 4, batch 2") { BatchSize = 2, Asked = Both(1.5) };

    /// <summary>At a size at which a test runs everything in seconds; not in the table.</summary>
    private static readonly DualEncoderWorkload s_smallDual = new("small", "small dual encoder, for tests")
    {
        Frames = 2, ImageSize = 32, Vision = new TransformerSize(64, 2, 2), Text = new TransformerSize(32, 2, 2),
        ContextLength = 9, VocabularySize = 600, EmbeddingSize = 16, BatchSize = 3, CaptionTokens = 9,
    };

    private static readonly OperationWorkload[] s_attentions =
        [Attention(32, 145, 3, 1.5), Attention(2, 785, 12, 1.25), Attention(2, 1568, 6, 1.25), Attention(1, 3137, 12)];

    public static IReadOnlyList<Workload> All { get; } =
    [
        s_vit,
        Needed(s_vit, "vit-needed") with { Asked = Both(1.25) },
        s_tiny,
        Needed(s_tiny, "tiny-needed") with { Asked = new Dictionary<int, double> { [1] = 1.3, [2] = 1.4 } },
        s_videoMae,
        InBFloat16(s_vit) with { Asked = Both(1.2) },
        InBFloat16(Needed(s_vit, "vit-needed")),
        InBFloat16(s_tiny),
        InBFloat16(s_videoMae),
        .. s_attentions,
        .. s_attentions.Select(InBFloat16),
        new OperationWorkload("adamw", "AdamW, 19 million parameters", new PlainAdamWCase(), OpSize.Of(("n", 19_000_000))),
        new OperationWorkload("layer-norm", "layer norm, 1,570 × 768", new LayerNormCase(), OpSize.Of(("N", 1570), ("D", 768))),
        new OperationWorkload("gelu", "GELU, 1,570 × 3,072", new GeluCase(GeluKind.Erf), OpSize.Of(("n", 1570 * 3072))),
        new ProductsWorkload("products-vit", "matrix products of the ViT-B/16 step", s_vit),
        new ProductsWorkload("products-tiny", "matrix products of the tiny step", s_tiny),
        new ProductsWorkload("products-videomae", "matrix products of the VideoMAE step", s_videoMae),
        s_smallDual,
        Needed(s_smallDual, "small-needed") with { CaptionTokens = 5 },
        InBFloat16(s_smallDual),
        new VideoMaeWorkload("small-videomae", "small VideoMAE, for tests")
        {
            BatchSize = 2, Frames = 4, ImageSize = 64, Encoder = new TransformerSize(64, 2, 2), Decoder = new TransformerSize(32, 2, 2),
        },
        Attention(3, 19, 2) with { Name = "small-attention" },
        new OperationWorkload("small-adamw", "AdamW, for tests", new PlainAdamWCase(), OpSize.Of(("n", 1003))),
        new OperationWorkload("small-layer-norm", "layer norm, for tests", new LayerNormCase(), OpSize.Of(("N", 37), ("D", 48))),
        new OperationWorkload("small-gelu", "GELU, for tests", new GeluCase(GeluKind.Erf), OpSize.Of(("n", 1003))),
        new ProductsWorkload("small-products", "matrix products, for tests", s_smallDual),
    ];

    /// <summary>Those of the table.</summary>
    public static IEnumerable<Workload> Shown => All.Where(workload => !workload.Name.StartsWith("small", StringComparison.Ordinal));

    /// <summary>The workload of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Workload Find(string name) => All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new ArgumentException($"There is no workload '{name}'. Known: {string.Join(", ", All.Select(workload => workload.Name))}.");

    /// <summary>What no result depends on is left out on both sides, exactly: rows of the last blocks, and the padding of captions.</summary>
    private static DualEncoderWorkload Needed(DualEncoderWorkload plain, string name) => plain with
    {
        Name = name, Title = "the same, with exact eliminations on both sides", CaptionTokens = 16, SkipsUnreadRows = true, Asked = s_none,
    };

    private static Workload InBFloat16(Workload plain) => plain with { Name = plain.Name + "-bf16", IsBFloat16 = true, Asked = s_none };

    private static Dictionary<int, double> Both(double ratio) => new() { [1] = ratio, [2] = ratio };

    private static OperationWorkload Attention(int sequences, int tokens, int heads, double? asked = null) => new($"attention-{tokens}",
        string.Create(CultureInfo.InvariantCulture, $"attention, {sequences} × {tokens:N0} tokens, {heads} heads of 64"), new AttentionCase(),
        OpSize.Of(("B", sequences), ("longest", tokens), ("H", heads), ("K", 64), ("causal", 0), ("even", 1)))
    {
        Asked = asked is { } ratio ? new Dictionary<int, double> { [1] = ratio } : s_none,
    };
}
