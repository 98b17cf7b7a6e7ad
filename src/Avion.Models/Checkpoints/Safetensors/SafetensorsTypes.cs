namespace Avion.Models;

/// <summary>The format's names of element types.</summary>
internal static class SafetensorsTypes
{
    public static string NameOf(ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.Float64 => "F64",
        ElementType.BFloat16 => "BF16",
        ElementType.Float16 => "F16",
        ElementType.UInt8 => "U8",
        ElementType.Int32 => "I32",
        _ => "I64",
    };

    public static ElementType? Find(string? name) => name switch
    {
        "F32" => ElementType.Float32,
        "F64" => ElementType.Float64,
        "BF16" => ElementType.BFloat16,
        "F16" => ElementType.Float16,
        "U8" or "BOOL" => ElementType.UInt8,
        "I32" => ElementType.Int32,
        "I64" => ElementType.Int64,
        _ => null,
    };
}
