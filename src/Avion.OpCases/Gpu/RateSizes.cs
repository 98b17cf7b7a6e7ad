namespace Avion.OpCases;

/// <summary>What is timed on a GPU: the operations that a training step spends its time in, at sizes of ViT-B/16 on 4 frames.</summary>
/// <remarks>Tensors of single elements and rows are larger than any cache, so that their rates are those of memory.</remarks>
internal static class RateSizes
{
    private const int Tokens = 100_480, FewerTokens = 25_120, Width = 768;

    /// <summary>Hot operations first: a short check times these alone.</summary>
    public static IReadOnlyList<(string Operation, OpSize Size)> Hot { get; } =
    [
        ("Add", OpSize.Of(("n", Tokens * Width))),
        ("LayerNorm", OpSize.Of(("N", Tokens), ("D", Width))),
        ("LayerNorm/Sum", OpSize.Of(("N", Tokens), ("D", Width))),
        ("Gelu/Erf", OpSize.Of(("n", FewerTokens * 4 * Width))),
        ("Attention", Attention(32, 785, 12, 64, 0)),
        ("Attention", Attention(16, 1568, 12, 64, 0)),
        ("Linear", OpSize.Of(("N", FewerTokens), ("I", Width), ("O", 3 * Width))),
        ("LinearGelu/Erf", OpSize.Of(("N", FewerTokens), ("I", Width), ("O", 4 * Width))),
        ("AdamW", OpSize.Of(("n", 86_000_000))),
    ];

    /// <summary>The rest.</summary>
    public static IReadOnlyList<(string Operation, OpSize Size)> Others { get; } =
    [
        ("Attention", Attention(256, 77, 8, 64, 1)),
        ("Attention", Attention(16, 785, 16, 80, 0)),
        ("GlobalNorm", OpSize.Of(("n", 86_000_000))),
        ("Lion", OpSize.Of(("n", 86_000_000))),
        ("MovingAverage", OpSize.Of(("n", 86_000_000))),
        ("Patchify", OpSize.Of(("B", 64), ("T", 4), ("H", 224), ("W", 224), ("P", 16), ("Pt", 1))),
        ("VideoTokens", OpSize.Of(("B", 32), ("T", 4), ("S", 196), ("D", Width), ("class", 1), ("time", 1))),
        ("Dropout", OpSize.Of(("N", Tokens), ("D", Width))),
        ("ColumnScale", OpSize.Of(("N", Tokens), ("D", Width))),
        ("NormalizeRows", OpSize.Of(("N", 65_536), ("E", 256))),
        ("Embedding", OpSize.Of(("N", 19_712), ("V", 49_408), ("D", 512))),
        ("Contrastive", OpSize.Of(("B", 2048), ("E", 256))),
        ("CrossEntropy", OpSize.Of(("B", 1024), ("C", 3806))),
        ("MaskTokens", OpSize.Of(("R", 160 * 32), ("M", 1568 * 32), ("D", 384))),
    ];

    private static OpSize Attention(int count, int length, int heads, int headSize, int causal) =>
        OpSize.Of(("B", count), ("longest", length), ("H", heads), ("K", headSize), ("causal", causal), ("even", 1));
}
