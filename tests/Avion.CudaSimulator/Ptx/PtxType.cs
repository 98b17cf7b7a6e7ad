namespace Avion.CudaSimulator;

/// <summary>A type of PTX: kind and size.</summary>
/// <param name="Kind">b, u, s, f, bf or p (predicate).</param>
/// <param name="Bits">Bits of one element; 1 for a predicate.</param>
/// <param name="Count">2 for a pair, such as bf16x2.</param>
internal readonly record struct PtxType(string Kind, int Bits, int Count = 1)
{
    private static readonly Dictionary<string, PtxType> s_known = new()
    {
        ["pred"] = new("p", 1), ["bf16"] = new("bf", 16), ["bf16x2"] = new("bf", 16, 2), ["f16"] = new("f", 16), ["f16x2"] = new("f", 16, 2),
        ["f32"] = new("f", 32), ["f64"] = new("f", 64),
        ["b8"] = new("b", 8), ["b16"] = new("b", 16), ["b32"] = new("b", 32), ["b64"] = new("b", 64),
        ["u8"] = new("u", 8), ["u16"] = new("u", 16), ["u32"] = new("u", 32), ["u64"] = new("u", 64),
        ["s8"] = new("s", 8), ["s16"] = new("s", 16), ["s32"] = new("s", 32), ["s64"] = new("s", 64),
    };

    public static PtxType B32 => new("b", 32);

    public static PtxType B64 => new("b", 64);

    public static PtxType Predicate => new("p", 1);

    /// <summary>Bytes in memory.</summary>
    public int Bytes => Bits * Count / 8;

    public bool IsSigned => Kind == "s";

    public bool IsFloat => Kind is "f" or "bf";

    public bool IsPredicate => Kind == "p";

    public static bool TryParse(string name, out PtxType type) => s_known.TryGetValue(name, out type);

    /// <inheritdoc />
    public override string ToString() => IsPredicate ? "pred" : $"{Kind}{Bits}{(Count > 1 ? $"x{Count}" : "")}";
}
