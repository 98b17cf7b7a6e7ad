using System;
using System.Collections.Generic;
using System.Linq;
using Avion.Compute;
using Avion.OpCases.Cases;

namespace Avion.OpCases;

/// <summary>All cases, in the order of the alphabet.</summary>
public static class OpCaseList
{
    /// <summary>Every case.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new AddCase(),
        new OptimizerCase("AdamW"),
        new AttentionCase(),
        new ContrastiveCase(),
        new LocalContrastiveCase(),
        new DropoutCase(ofSequences: false),
        new DropoutCase(ofSequences: true),
        new EmbeddingCase(),
        new GeluCase(GeluKind.Erf),
        new GeluCase(GeluKind.Quick),
        new GeluCase(GeluKind.Tanh),
        new GlobalNormCase(),
        new LayerNormCase(),
        new SumAndNormalizeCase(),
        new LinearCase(),
        new ProjectCase(),
        new LinearGeluCase(GeluKind.Erf),
        new LinearGeluCase(GeluKind.Quick),
        new LinearGeluCase(GeluKind.Tanh),
        new OptimizerCase("Lion"),
        new MeanPoolCase(),
        new NormalizeRowsCase(),
        new PatchifyCase(),
        new PooledAttentionCase(),
        new PositionsCase(),
        new GatherRowsCase(),
        new OptimizerCase("Sgd"),
        new VideoTokensCase(),
    ];

    /// <summary>The case of that name.</summary>
    public static OpCase Find(string name) => All.FirstOrDefault(opCase => opCase.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no operation '{name}'. Known: {string.Join(", ", All.Select(opCase => opCase.Name))}.");
}
