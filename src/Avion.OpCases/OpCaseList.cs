namespace Avion.OpCases;

/// <summary>All cases, in the order of the alphabet.</summary>
public static class OpCaseList
{
    /// <summary>Every case.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new AddCase(),
        new AttentionCase(),
        new ColumnBiasCase(),
        new ColumnScaleCase(),
        new ContrastiveCase(),
        new CrossEntropyCase(),
        new DropoutCase(ofSequences: false),
        new DropoutCase(ofSequences: true),
        new EmbeddingCase(),
        new GatherRowsCase(),
        new GeluCase(GeluKind.Erf),
        new GeluCase(GeluKind.Quick),
        new GeluCase(GeluKind.Tanh),
        new GlobalNormCase(),
        new LayerNormCase(),
        new LinearCase(),
        new LinearGeluCase(GeluKind.Erf),
        new LinearGeluCase(GeluKind.Quick),
        new LinearGeluCase(GeluKind.Tanh),
        new LocalContrastiveCase(),
        new MarginRankingCase(MarginRule.Fixed()),
        new MarginRankingCase(MarginRule.Adaptive()),
        new MarginRankingCase(MarginRule.SymmetricMultiSimilarity()),
        new MaskTokensCase(),
        new MeanPoolCase(),
        new MovingAverageCase(),
        new NormalizeRowsCase(),
        new OptimizerCase("AdamW"),
        new OptimizerCase("Lion"),
        new OptimizerCase("Sgd"),
        new PairRelevancyCase(),
        new PatchifyCase(mixesClips: false),
        new PatchifyCase(mixesClips: true),
        new PatchTargetsCase(normalizesPatches: false),
        new PatchTargetsCase(normalizesPatches: true),
        new PooledAttentionCase(),
        new PositionsCase(),
        new ProjectCase(),
        new ScatterRowsCase(),
        new SigmoidContrastiveCase(),
        new SquaredErrorCase(),
        new SumAndNormalizeCase(),
        new TopClassCase(),
        new VideoTokensCase(),
    ];

    /// <summary>The case of that name.</summary>
    public static OpCase Find(string name) => All.FirstOrDefault(opCase => opCase.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no operation '{name}'. Known: {string.Join(", ", All.Select(opCase => opCase.Name))}.");
}
