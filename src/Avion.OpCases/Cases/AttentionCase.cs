namespace Avion.OpCases;

/// <summary>Attention of packed sequences. B uneven sequences up to longest tokens · H heads · K
/// columns of a head · causal 1 or 0.</summary>
public sealed class AttentionCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Attention";

    /// <inheritdoc />
    public override int GradientSites => 6;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        Of(0, 0, 2, 8, 0),
        Of(1, 1, 1, 1, 0),
        Of(1, 1, 1, 1, 1),
        Of(5, 17, 3, 16, 0),
        Of(5, 17, 3, 16, 1),
        Of(3, 65, 2, 31, 1),
        Of(20, 12, 2, 64, 1),
        Of(2, 145, 2, 64, 0),
        Of(1, 197, 2, 33, 0),
        Of(1, 139, 2, 128, 1),
        Of(4, 270, 3, 7, 1),
        Of(1, 401, 1, 5, 0),
        Of(1, 401, 1, 5, 1),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
    [
        Even(2, 785, 12, 64, 0), Even(32, 145, 3, 64, 0), Even(64, 16, 8, 64, 1), Even(2, 160, 12, 64, 0), Even(2, 1568, 6, 64, 0),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int heads = size["H"], count = size["B"], longest = size["longest"];
        bool causal = size["causal"] == 1;
        SequenceOffsets offsets =
            inputs.Offsets(size["even"] == 1 ? PackedLengths.Even(count, longest) : PackedLengths.Uneven(count, longest));
        Parameter qkv = inputs.Parameter("qkv", new Shape(offsets.TokenCount, 3 * heads * size["K"]));
        return run => run.Output(run.Tape.Attention(run.Read(qkv), offsets, heads, causal));
    }

    private static OpSize Of(int count, int longest, int heads, int headSize, int causal) => OpSize.Of(
        ("B", count), ("longest", longest), ("H", heads), ("K", headSize), ("causal", causal), ("even", 0));

    private static OpSize Even(int count, int length, int heads, int headSize, int causal) => OpSize.Of(
        ("B", count), ("longest", length), ("H", heads), ("K", headSize), ("causal", causal), ("even", 1));
}
